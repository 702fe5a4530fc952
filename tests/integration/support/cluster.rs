//! A private Postgres: made by `initdb` in a folder of its own, reached by a
//! socket in that folder, gone when the test process is.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// What tests need not wait for: their data outlives no crash of the machine.
const CARELESS: &str = "-c fsync=off -c full_page_writes=off";

/// Runs the server until its standard input ends, which it does however the
/// test process ends, then stops the server by its process id. The order
/// `keep` leaves the folder, so that the server can be started again.
const SUPERVISOR: &str = r#"
"$1" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=400 -c shared_buffers=64MB \
    $3 >>"$2/log" 2>&1 &
server=$!
read -r order
kill -QUIT "$server"
wait "$server"
[ "$order" = keep ] || rm -rf "$2"
"#;

const START_LIMIT: Duration = Duration::from_secs(60);

/// One Postgres server with its data.
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    flags: &'static str,
    supervisor: Option<Child>,
}

impl Cluster {
    /// Makes and starts a new one.
    pub async fn create() -> Self {
        Self::with(CARELESS).await
    }

    /// With flags of the server's own; without any it flushes to the disk as an
    /// operator's does.
    pub async fn with(flags: &'static str) -> Self {
        let binaries = find_binaries();
        let folder = tempfile::Builder::new().prefix("porteiro-pg-").tempdir().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        if let Some((uid, gid)) = other_user() {
            chown(&folder, Some(uid), Some(gid)).unwrap();
        }
        let initdb = as_server_user(&binaries.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "-D",
            ])
            .arg(folder.join("data"))
            .current_dir("/")
            .output()
            .unwrap();
        assert!(initdb.status.success(), "initdb failed: {}", String::from_utf8_lossy(&initdb.stderr));
        let mut cluster = Self { folder, binaries, flags, supervisor: None };
        cluster.start().await;
        cluster
    }

    /// Starts the server and waits until it answers.
    pub async fn start(&mut self) {
        let supervisor = as_server_user(Path::new("sh"))
            .args(["-c", SUPERVISOR, "supervisor"])
            .arg(self.binaries.join("postgres"))
            .arg(&self.folder)
            .arg(self.flags)
            .current_dir("/")
            .stdin(Stdio::piped())
            // A Ctrl-C at the terminal must not reach the server before us.
            .process_group(0)
            .spawn()
            .unwrap();
        self.supervisor = Some(supervisor);
        let deadline = Instant::now() + START_LIMIT;
        while let Err(cause) = PgConnection::connect(&self.url("postgres")).await {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "Postgres does not start: {cause}\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the server at once, as a crash would, and keeps its data.
    pub fn stop(&mut self) {
        let Some(mut supervisor) = self.supervisor.take() else { return };
        supervisor.stdin.take().unwrap().write_all(b"keep\n").unwrap();
        supervisor.wait().unwrap();
    }

    /// Sends a signal, named as `kill` names it, to every process of the server.
    pub fn signal(&self, name: &str) {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        let all = "kill -$1 $2 $(cat /proc/$2/task/$2/children)";
        let sent = Command::new("sh").args(["-c", all, "sh", name, file.lines().next().unwrap()]).status();
        assert!(sent.unwrap().success());
    }

    /// The folder of the server's socket.
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    /// Sets something in the running server, as an operator does.
    pub async fn set(&self, setting: &str) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        for sql in [format!("ALTER SYSTEM SET {setting}"), "SELECT pg_reload_conf()".to_owned()] {
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    /// Where a database of this server is reached.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut supervisor) = self.supervisor.take() {
            drop(supervisor.stdin.take());
            let _ = supervisor.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The newest installed server's folder of programs.
fn find_binaries() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut packaged: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    packaged.sort();
    folders.extend(packaged.into_iter().rev().map(|(_, folder)| folder));
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .expect("no Postgres server is installed: install it (Debian: apt-get install postgresql)")
}

/// Postgres refuses to run as root; then it runs as this user and group.
fn other_user() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let ids = ["postgres", "nobody"].into_iter().find_map(|name| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    Some(ids.expect("run as root, the tests need a user `postgres` or `nobody` for the server"))
}

fn as_server_user(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = other_user() {
        command.uid(uid).gid(gid);
    }
    command
}
