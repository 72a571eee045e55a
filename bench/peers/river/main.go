// SPDX-License-Identifier: MIT

// River on PostgreSQL, measured as the other peers are (bench/peers/jobs/measure.js):
//
//	river SERVER JOBS SUBMITTERS           empty jobs until the last one is recorded as completed
//	river SERVER JOBS SUBMITTERS single    the same; each job records its completion in a transaction
//	river SERVER JOBS latency              from the insertion of a job to its start
//
// SERVER is the folder of a Unix socket. River inserts each job by itself here. It records completions in
// batches, unless a job does it with JobCompleteTx; River's completer then finds nothing left to record. A
// shorter fetch cooldown than its default of 100 ms made it faster by a multiple.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

const (
	slots       = 8
	connections = 20
	warmUp      = 20
	betweenJobs = 10 * time.Millisecond
)

type emptyArgs struct {
	Number int `json:"number"`
}

func (emptyArgs) Kind() string { return "empty" }

type emptyWorker struct {
	river.WorkerDefaults[emptyArgs]
	done    atomic.Int64
	started chan time.Time // of each job; only read where jobs do not overlap
	pool    *pgxpool.Pool  // set if each job records its own completion
}

func (worker *emptyWorker) Work(context context.Context, job *river.Job[emptyArgs]) error {
	if worker.started != nil {
		worker.started <- time.Now()
	}
	if worker.pool != nil {
		if err := worker.complete(context, job); err != nil {
			return err
		}
	}
	worker.done.Add(1)
	return nil
}

func (worker *emptyWorker) complete(context context.Context, job *river.Job[emptyArgs]) error {
	return pgx.BeginFunc(context, worker.pool, func(transaction pgx.Tx) error {
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](context, transaction, job)
		return err
	})
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "river:", err)
		os.Exit(1)
	}
}

type peer struct {
	context context.Context
	pool    *pgxpool.Pool
	client  *river.Client[pgx.Tx]
	worker  *emptyWorker
}

func open(server string, timed, single bool) *peer {
	p := &peer{context: context.Background(), worker: &emptyWorker{}}
	if timed {
		p.worker.started = make(chan time.Time, 1)
	}
	settings := must(pgxpool.ParseConfig("host=" + server + " user=bench dbname=postgres"))
	settings.MaxConns = connections
	p.pool = must(pgxpool.NewWithConfig(p.context, settings))
	if single {
		p.worker.pool = p.pool
	}
	driver := riverpgxv5.New(p.pool)
	migrator := must(rivermigrate.New(driver, nil))
	must(migrator.Migrate(p.context, rivermigrate.DirectionUp, nil))
	workers := river.NewWorkers()
	river.AddWorker(workers, p.worker)
	p.client = must(river.NewClient(driver, &river.Config{
		FetchCooldown:     time.Millisecond,
		FetchPollInterval: 100 * time.Millisecond,
		Logger:            slog.New(slog.NewTextHandler(io.Discard, nil)),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: slots}},
		Workers:           workers,
	}))
	check(p.client.Start(p.context))
	return p
}

func (p *peer) submit() {
	must(p.client.Insert(p.context, emptyArgs{}, nil))
}

// Completions are recorded a little after the functions have returned.
func (p *peer) waitUntilRecorded() {
	for {
		var unfinished int
		err := p.pool.QueryRow(p.context,
			"select count(*) from (select from river_job where state <> 'completed' limit 1) as unfinished").
			Scan(&unfinished)
		check(err)
		if unfinished == 0 {
			return
		}
	}
}

func (p *peer) round(jobs, submitters int) float64 {
	before := p.worker.done.Load()
	start := time.Now()
	var left atomic.Int64
	left.Store(int64(jobs))
	var group sync.WaitGroup
	for range submitters {
		group.Add(1)
		go func() {
			defer group.Done()
			for left.Add(-1) >= 0 {
				p.submit()
			}
		}()
	}
	group.Wait()
	for p.worker.done.Load() < before+int64(jobs) {
		time.Sleep(100 * time.Microsecond)
	}
	p.waitUntilRecorded()
	return time.Since(start).Seconds()
}

func throughput(server string, jobs, submitters int, single bool) {
	p := open(server, false, single)
	p.round(max(submitters, jobs/5), submitters)
	print(map[string]any{"jobs": jobs, "seconds": p.round(jobs, submitters)})
}

func latency(server string, jobs int) {
	p := open(server, true, false)
	delays := make([]float64, 0, jobs)
	due := time.Now()
	for number := range jobs + warmUp {
		due = due.Add(betweenJobs)
		time.Sleep(time.Until(due))
		start := time.Now()
		p.submit()
		delay := (<-p.worker.started).Sub(start).Seconds()
		if number >= warmUp {
			delays = append(delays, delay)
		}
	}
	slices.Sort(delays)
	quantile := func(part float64) float64 { return delays[int(part*float64(len(delays)-1)+0.5)] }
	print(map[string]any{"jobs": jobs, "p50": quantile(0.5), "p99": quantile(0.99)})
}

func print(result map[string]any) {
	fmt.Println(string(must(json.Marshal(result))))
}

func main() {
	words := os.Args[1:]
	single := len(words) == 4 && words[3] == "single"
	if len(words) != 3 && !single {
		fmt.Fprintln(os.Stderr, "usage: river SERVER JOBS SUBMITTERS [single], river SERVER JOBS latency")
		os.Exit(2)
	}
	jobs := must(strconv.Atoi(words[1]))
	if words[2] == "latency" {
		latency(words[0], jobs)
		return
	}
	throughput(words[0], jobs, must(strconv.Atoi(words[2])), single)
}
