// SPDX-License-Identifier: MIT
// flow.mjs ORIGIN FOLDER: runs the collection with newman, through the proxy in HTTP_PROXY. ffprobe checks
// the downloads. FOLDER contains song.mp3.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import newman from 'newman';

const [origin, folder] = process.argv.slice(2);
const DOWNLOADS = {
  'download WAV': ['song.wav', 'wav pcm_s16le'],
  'download OGG': ['song.ogg', 'ogg vorbis'],
};
const errors = [];
let checked = 0;

function checkDownload(name, bytes) {
  const [file, expected] = DOWNLOADS[name];
  const path = join(folder, file);
  writeFileSync(path, bytes);
  const found = execFileSync(
    'ffprobe',
    [
      '-v',
      'error',
      '-show_entries',
      'format=format_name:stream=codec_name',
      '-of',
      'default=noprint_wrappers=1:nokey=1',
      path,
    ],
    { encoding: 'utf8' },
  )
    .trim()
    .split('\n')
    .reverse()
    .join(' ');
  if (found !== expected) errors.push(`${name}: ffprobe finds "${found}", not "${expected}"`);
  checked += 1;
}

const run = newman.run({
  collection: join(dirname(fileURLToPath(import.meta.url)), 'flow.postman_collection.json'),
  workingDir: folder,
  envVar: [
    { key: 'base', value: origin },
    { key: 'name', value: `n${randomUUID().slice(0, 8)}` },
  ],
  delayRequest: 20,
  timeout: 120_000,
});
run.on('request', (error, { item, response }) => {
  if (error) errors.push(`${item.name}: ${error.message}`);
  else if (DOWNLOADS[item.name]) checkDownload(item.name, response.stream);
});
run.on('done', (error, summary) => {
  if (error) errors.push(error.message);
  for (const failure of summary.run.failures)
    errors.push(`${failure.source?.name}: ${failure.error.message}`);
  if (checked !== 2) errors.push(`${checked} downloads of 2`);
  console.log(
    `newman: ${summary.run.stats.requests.total} requests, ${summary.run.stats.assertions.total} assertions`,
  );
  for (const line of errors) console.log(`  ${line}`);
  process.exit(errors.length ? 1 : 0);
});
