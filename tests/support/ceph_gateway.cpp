// SPDX-License-Identifier: MIT
#include "support/ceph_gateway.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "support/shell_command.hpp"
#include "support/test_helpers.hpp"

namespace convert::test {
namespace {

constexpr std::chrono::seconds kGatewayPatience{60};
constexpr const char* kClusterId = "5d1c9a7e-3a41-4d0c-9d55-3a1f8c0e7b21";
constexpr const char* kDaemonId = "0f3f7c54-6f0e-4f0d-8a57-7f2f4a3f9c11";

/// Short intervals of the monitor make it ready in a second instead of ten.
constexpr const char* kCephSettings = R"(
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.02
paxos min wait = 0.01
mon tick interval = 1
public network = 127.0.0.0/8
osd objectstore = memstore
memstore device bytes = 4294967296
rgw enable usage log = false
rgw dns name = localhost
rgw thread pool size = 64
)";

}  // namespace

bool CephGateway::installed() {
  for (const char* program : {"ceph-mon", "ceph-osd", "ceph", "radosgw", "radosgw-admin", "monmaptool"}) {
    if (find_program(program).empty()) return false;
  }
  return has_program("curl") && has_program("openssl");
}

CephGateway& CephGateway::shared() {
  static CephGateway gateway;
  return gateway;
}

void CephGateway::write_configuration(int monitor_port) const {
  const std::string folder = folder_.path().string();
  write_file(folder_ / "ceph.conf",
             std::string("[global]\nfsid = ") + kClusterId + "\nmon host = [v2:127.0.0.1:" +
                 std::to_string(monitor_port) + "]\nrun dir = " + folder + "\nlog file = " + folder +
                 "/$name.log\nadmin socket = " + folder + "/$name.$pid.asok\nmon data = " + folder +
                 "/mon\nosd data = " + folder + "/osd\nrgw data = " + folder + "/rgw\nkeyring = " + folder +
                 "/keyring\nrgw frontends = beast endpoint=127.0.0.1:" + std::to_string(gateway_port_) +
                 " ssl_endpoint=127.0.0.1:" + std::to_string(secure_port_) + " ssl_certificate=" + folder +
                 "/certificate.pem ssl_private_key=" + folder + "/key.pem tcp_nodelay=1" + kCephSettings);
  write_file(folder_ / "keyring", "");
  for (const char* name : {"mon", "osd", "rgw"}) std::filesystem::create_directory(folder_ / name);
}

void CephGateway::run_tool(std::vector<std::string> command) const {
  const std::string name = command.front();
  command.front() = find_program(name);
  const int status = run_program({std::move(command), folder_ / "tools.log"});
  if (status != 0) throw std::runtime_error(name + " failed:\n" + read_file(folder_ / "tools.log"));
}

std::unique_ptr<ServerProcess> CephGateway::start(const std::string& program,
                                                  std::vector<std::string> arguments) const {
  std::vector<std::string> command{find_program(program), "-c", (folder_ / "ceph.conf").string(), "-f"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return std::make_unique<ServerProcess>(ProgramStart{std::move(command), folder_ / (program + ".out")});
}

CephGateway::CephGateway() : gateway_port_(free_port()), secure_port_(free_port()) {
  const int monitor_port = free_port();
  write_configuration(monitor_port);
  const std::string configuration = (folder_ / "ceph.conf").string();
  const std::string map = (folder_ / "monmap").string();
  run_tool({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=Ceph of a test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
            (folder_ / "key.pem").string(), "-out", certificate().string()});
  run_tool({"monmaptool", "--create", "--fsid", kClusterId, "--addv", "a",
            "[v2:127.0.0.1:" + std::to_string(monitor_port) + "]", map});
  run_tool({"ceph-mon", "-c", configuration, "-i", "a", "--mkfs", "--monmap", map});
  monitor_ = start("ceph-mon", {"-i", "a"});
  run_tool({"ceph", "-c", configuration, "--connect-timeout", "30", "osd", "new", kDaemonId, "0"});
  run_tool({"ceph-osd", "-c", configuration, "-i", "0", "--mkfs", "--osd-uuid", kDaemonId});
  daemon_ = start("ceph-osd", {"-i", "0"});
  access_ = make_user("test");
  start_gateway();
}

S3Access CephGateway::make_user(const std::string& start) const {
  const std::string name = unique_name(start);
  S3Access access{"http://127.0.0.1:" + std::to_string(gateway_port_), "ACCESSKEYOF" + name,
                  "secretKeyOfTheTests000000000000" + name, name};
  run_tool({"radosgw-admin", "-c", (folder_ / "ceph.conf").string(), "user", "create", "--uid=" + name,
            "--display-name=" + name, "--access-key=" + access.access_key,
            "--secret-key=" + access.secret_key});
  return access;
}

void CephGateway::start_gateway() {
  gateway_ = start("radosgw", {"-n", "client.admin"});
  const auto answers = [this] {
    return run("curl --noproxy '*' -sf -m 1 -o /dev/null " + access_.endpoint).status == 0;
  };
  if (!eventually(kGatewayPatience, answers))
    throw std::runtime_error("Ceph's gateway does not start:\n" + read_file(folder_ / "radosgw.out"));
}

}  // namespace convert::test
