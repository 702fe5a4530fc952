//! `porteiro audit` as a script calls it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use porteiro::audit::{Act, Entry, Origin};
use porteiro::clock::Clock;
use serde_json::Value;

use crate::support::Database;
use crate::support::command::porteiro;

fn run(database: &Database, arguments: &[&str]) -> Value {
    let ran = porteiro(database, arguments, "wonderland\n");
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
    ran.json
}

/// The acts that a search finds, oldest first.
fn found(database: &Database, arguments: &[&str]) -> Vec<String> {
    let lines = run(database, &[&["audit", "search"], arguments].concat());
    let acts = lines.as_array().unwrap().iter().rev().map(|line| line["act"].as_str().unwrap().to_owned());
    acts.collect()
}

contract! {
    async fn every_act_of_the_command_line_is_found_again(database: Database) {
        let secret = ["--password-file", "-"];
        run(&database, &["client", "create", "app", "--redirect-uri", "https://rp.test/cb"]);
        run(&database, &["client", "update", "app", "--name", "App", "--scope", "openid"]);
        for verb in ["rotate-secret", "disable", "enable", "delete"] {
            run(&database, &["client", verb, "app"]);
        }
        let sub = run(&database, &[&["user", "create", "alice"], &secret[..]].concat())["sub"].clone();
        run(&database, &["user", "update", "alice", "--name", "Alice"]);
        run(&database, &[&["user", "set-password", "alice"], &secret[..]].concat());
        run(&database, &["token", "revoke", "--user", "alice"]);
        for verb in ["disable", "enable", "delete"] {
            run(&database, &["user", verb, "alice"]);
        }
        run(&database, &["token", "revoke", "--all"]);
        run(&database, &["key", "rotate"]);
        assert_eq!(found(&database, &["--client", "app"]), [
            "client.create", "client.update", "client.secret", "client.disable", "client.enable", "client.delete",
        ]);
        let of_alice = ["user.create", "user.update", "user.password", "user.revoke", "user.disable", "user.enable",
            "user.delete"];
        assert_eq!(found(&database, &["--user", sub.as_str().unwrap()]), of_alice);
        assert_eq!(found(&database, &["--act", "user"]), of_alice);
        assert_eq!(found(&database, &["--act", "all.revoke", "--since", "1h", "--done"]), ["all.revoke"]);
        assert_eq!(found(&database, &["--until", "2020-01-01T00:00:00Z"]), Vec::<String>::new());
        assert_eq!(found(&database, &["--refused"]), Vec::<String>::new());
        let keys = run(&database, &["audit", "search", "--act", "key.create", "--actor", "cli"]);
        assert_eq!(keys.as_array().unwrap().len(), 3, "{keys}");
        assert!(keys.as_array().unwrap().iter().all(|line| line["object"].is_string()));
        let updated = run(&database, &["audit", "search", "--act", "client.update"]);
        assert_eq!(updated[0]["reason"], "client_name scope");
        assert_eq!((&updated[0]["actor"], &updated[0]["outcome"]), (&"cli".into(), &"done".into()));
    }

    async fn who_or_what_does_not_exist_is_said(database: Database) {
        assert_eq!(porteiro(&database, &["audit", "search", "--user", "nobody"], "").code, Some(3));
        assert_eq!(porteiro(&database, &["audit", "search", "--act", "user.explode"], "").code, Some(2));
        let request = uuid::Uuid::max().to_string();
        assert_eq!(porteiro(&database, &["token", "inspect", "--request", &request], "").code, Some(3));
    }

    async fn an_export_has_every_line_oldest_first(database: Database) {
        let now = Clock::System.now();
        let lines: Vec<Entry> = (0..2_500)
            .map(|n| Entry::done(Act::UserUpdate, &Origin::server(), now + Duration::from_millis(n)).object(n))
            .collect();
        database.store.append_audit(&lines).await.unwrap();
        let output = command(&database, &["audit", "export", "--act", "user.update"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["object"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(numbers, (0..2_500).map(|n| n.to_string()).collect::<Vec<_>>());
    }

    /// What is written while it runs is shown, also what another transaction
    /// had begun earlier; nothing is shown twice.
    async fn tail_follows(database: Database) {
        let line = |object: &str, ago: u64| {
            let at = Clock::System.now() - Duration::from_secs(ago);
            Entry::done(Act::UserUpdate, &Origin::server(), at).object(object)
        };
        database.store.append_audit(&[line("old", 30), line("last", 1)]).await.unwrap();
        let arguments = ["audit", "tail", "--follow", "-n", "1", "--act", "user.update", "--json"];
        let mut child = command(&database, &arguments).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, receiver) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let next = || {
            let line: String = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
            serde_json::from_str::<Value>(&line).unwrap()["object"].as_str().unwrap().to_owned()
        };
        assert_eq!(next(), "last");
        database.store.append_audit(&[line("new", 0)]).await.unwrap();
        assert_eq!(next(), "new");
        database.store.append_audit(&[line("late", 5)]).await.unwrap();
        assert_eq!(next(), "late");
        database.store.append_audit(&[line("newest", 0)]).await.unwrap();
        assert_eq!(next(), "newest");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn command(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porteiro"));
    command
        .args(arguments)
        .args(["--issuer", "https://login.example.com", "--database-url", &database.url])
        .env_clear()
        .current_dir("/");
    command
}
