//! `porteiro serve` as a process: ready, healthy, stopped.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A server in a process of its own, killed when the test is over.
struct Process {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Process {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = porteiro(&folder, port).arg("serve").stderr(Stdio::null()).spawn().unwrap();
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

/// SECURITY-CASES X-10: SIGTERM ends it with exit code 0.
#[test]
fn a_server_told_to_stop_ends_well() {
    let mut process = Process::start();
    process.wait_until_healthy();
    let id = process.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let stopping = Instant::now();
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
    assert!(stopping.elapsed() < Duration::from_secs(5), "{:?}", stopping.elapsed());
    assert!(!process.healthy(), "nothing listens any more");
}

/// SECURITY-CASES part 3, 23: no core dump, and no debugger of the same user.
/// A connection costs a file descriptor, so the limit is raised to the most.
#[test]
fn a_server_keeps_its_memory_private_and_takes_all_the_descriptors_it_may() {
    let process = Process::start();
    process.wait_until_healthy();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.child.id())).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let mut words = line.split_whitespace();
        (words.next().unwrap().to_owned(), words.next().unwrap().to_owned())
    };
    assert_eq!(limit("Max core file size"), ("0".into(), "0".into()));
    let (soft, hard) = limit("Max open files");
    assert_eq!(soft, hard);
}
