//! `porteiro serve` and `porteiro dev` as processes: ready, healthy, stopped.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A server in a process of its own, killed when the test is over.
struct Process {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Process {
    fn start(command: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(folder.path().join("log")).unwrap();
        let child = porteiro(&folder, port).arg(command).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Self { folder, port, child }
    }

    fn healthy(&self) -> bool {
        porteiro(&self.folder, self.port).arg("health").stderr(Stdio::null()).status().unwrap().success()
    }

    fn wait_until_healthy(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.healthy() {
            assert!(Instant::now() < deadline, "it does not become healthy");
        }
    }
}

impl Process {
    /// What a first start made up: secrets, passwords and keys.
    fn made_up(&self) -> BTreeSet<String> {
        let demo = fs::read(self.folder.path().join("porteiro-data/demo.json")).unwrap();
        let demo: Value = serde_json::from_slice(&demo).unwrap();
        let keys = porteiro(&self.folder, self.port).args(["key", "list", "--json"]).output().unwrap();
        let keys: Value = serde_json::from_slice(&keys.stdout).unwrap();
        let kids = keys.as_array().unwrap().iter().map(|key| &key["kid"]);
        demo.as_object()
            .unwrap()
            .values()
            .chain(kids)
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn porteiro(folder: &TempDir, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porteiro"));
    command
        .current_dir(folder.path())
        .env_clear()
        .env("PORTEIRO_ISSUER", format!("http://localhost:{port}/id"))
        .env("PORTEIRO_SERVER__LISTEN", format!("127.0.0.1:{port}"));
    command
}

/// SECURITY-CASES X-10: SIGTERM ends it with exit code 0, and nothing goes wrong
/// on the way.
#[test]
fn a_server_told_to_stop_ends_well() {
    let mut process = Process::start("serve");
    process.wait_until_healthy();
    let id = process.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let stopping = Instant::now();
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
    assert!(stopping.elapsed() < Duration::from_secs(5), "{:?}", stopping.elapsed());
    assert!(!process.healthy(), "nothing listens any more");
    let log = fs::read_to_string(process.folder.path().join("log")).unwrap();
    assert!(log.contains("stopping") && !log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

/// SECURITY-CASES part 3, 23: no core dump, and no debugger of the same user.
/// A connection costs a file descriptor, so the limit is raised to the most.
#[test]
fn a_server_keeps_its_memory_private_and_takes_all_the_descriptors_it_may() {
    let process = Process::start("serve");
    process.wait_until_healthy();
    let limits = fs::read_to_string(format!("/proc/{}/limits", process.child.id())).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let mut words = line.split_whitespace();
        (words.next().unwrap().to_owned(), words.next().unwrap().to_owned())
    };
    assert_eq!(limit("Max core file size"), ("0".into(), "0".into()));
    let (soft, hard) = limit("Max open files");
    assert_eq!(soft, hard);
}

/// SECURITY-CASES 268: nothing that is usable is shipped.
#[test]
fn each_first_start_makes_secrets_of_its_own() {
    let servers = [Process::start("dev"), Process::start("dev")];
    let [one, other] = servers.each_ref().map(|server| {
        server.wait_until_healthy();
        server.made_up()
    });
    assert_eq!((one.len(), other.len()), (6, 6), "three secrets and three keys");
    assert!(one.is_disjoint(&other), "{one:?} {other:?}");
}
