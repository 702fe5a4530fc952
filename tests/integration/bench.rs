//! `porteiro bench`: that what it counts are answers, and right ones. How many
//! they are is nothing that a test can know.

use std::process::{Command, Output};

use porteiro::server::Limits;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{CALLBACK, Credentials, Listening, PASSWORD, TestServer};

/// Runs the load generator against a server for a moment.
async fn bench(server: &Listening, client: &Credentials, arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_porteiro"));
    command
        .args(["bench", "--json", "--url", &format!("http://{}", server.address)])
        .args(["--client-id", &client.client_id, "--secret-file", &file("secret", &client.client_secret)])
        .args(["--username", "ana", "--password-file", &file("password", PASSWORD)])
        .args(["--redirect-uri", CALLBACK, "--tokens", "5", "--connections", "3"])
        .args(["--duration", "300ms", "--warm-up", "0"])
        .args(arguments)
        .env_clear();
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

contract! {
    /// Every kind of work, closed loop.
    async fn every_kind_of_work_is_answered_rightly(server: TestServer) {
        let machine = server.machine("machine", |_| {}).await;
        let dashboard = server.dashboard("dashboard", |_| {}).await;
        server.person("ana", |_| {}).await;
        let listening = Listening::start(server.router(), Limits::default()).await;
        let machines =
            ["token", "introspect", "introspect --batch 3", "verify"].map(|work| (work, &machine));
        let people = ["refresh", "code", "login"].map(|work| (work, &dashboard));
        for (work, client) in machines.into_iter().chain(people) {
            let output = bench(&listening, client, &work.split(' ').collect::<Vec<_>>()).await;
            assert_eq!(output.status.code(), Some(0), "{work}: {output:?}");
            let report = report(&output);
            assert_eq!(report["errors"], serde_json::json!({}), "{work}");
            assert!(report["answers_per_second"].as_f64().unwrap() > 0.0, "{work}: {report}");
            assert!(report["raw_per_second"].as_f64().unwrap() > 0.0, "{work}: {report}");
        }
    }

    /// Open loop: as many requests as are due, and each of them accounted for.
    async fn a_fixed_rate_of_arrivals_is_kept(server: TestServer) {
        let machine = server.machine("machine", |_| {}).await;
        let listening = Listening::start(server.router(), Limits::default()).await;
        let output = bench(&listening, &machine, &["token", "--rate", "20", "--server-pid", "1"]).await;
        let report = report(&output);
        let late = report["errors"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>();
        assert!(late <= 6, "six were due: {report}");
        assert_eq!(report["rate"], 20.0);
    }

    /// A wrong answer is no answer, however fast.
    async fn refusals_do_not_count(server: TestServer) {
        let mut machine = server.machine("machine", |_| {}).await;
        machine.client_secret.push('x');
        let listening = Listening::start(server.router(), Limits::default()).await;
        let output = bench(&listening, &machine, &["token"]).await;
        assert_eq!(output.status.code(), Some(1));
        let report = report(&output);
        assert_eq!(report["answers_per_second"], 0.0);
        assert!(report["errors"]["401 invalid_client"].as_u64().unwrap() > 0, "{report}");
    }
}
