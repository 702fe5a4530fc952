//! The database servers: which one takes writes, and whether what was answered
//! outlives the loss of it.

use super::Finding;
use crate::store::{Durability, Standing, Store};

/// Looks at every server that `database.url` names.
pub async fn findings(store: &Store) -> Vec<Finding> {
    let servers = store.servers().await;
    let mut findings: Vec<Finding> = match servers.as_slice() {
        [] | [_] => Vec::new(),
        several => several.iter().map(standing).collect(),
    };
    match store.durability().await {
        Ok(Some(durability)) => findings.extend(durable(&durability, servers.len() > 1)),
        Ok(None) => {}
        Err(cause) => findings.push(Finding::warning(
            "durability_unknown",
            cause.to_string(),
            "make sure that the engine answers a commit when it is on disk",
        )),
    }
    if matches!(store.limits_statements().await, Ok(false)) {
        findings.push(unlimited());
    }
    findings
}

fn unlimited() -> Finding {
    let finding =
        "statements have no limit of time: a pooler does not pass on what is asked for when we connect";
    let fix = "set statement_timeout = 2500 and lock_timeout = 900 for the role in Postgres, or in connect_query of PgBouncer";
    Finding::warning("statements_unlimited", finding, fix)
}

fn standing(server: &Standing) -> Finding {
    let name = &server.server;
    match &server.takes_writes {
        Ok(true) => Finding::ok("database_server", format!("{name} takes writes")),
        Ok(false) => Finding::ok("database_server", format!("{name} is a standby")),
        Err(why) => Finding::warning(
            "database_server_away",
            format!("{name} cannot take over: {why}"),
            "start that server, or correct database.url",
        ),
    }
}

fn durable(durability: &Durability, standbys: bool) -> Option<Finding> {
    if !durability.on_disk {
        let finding =
            "the database answers before a commit is on disk: its crash loses tokens that were given out";
        let fix = "set fsync = on and synchronous_commit = on in Postgres";
        return Some(Finding::warning("commit_not_durable", finding, fix));
    }
    let finding =
        "no standby is synchronous: whatever was given out or taken back last is lost when one takes over";
    let fix = "set synchronous_standby_names in Postgres, or synchronous_mode: true in Patroni";
    (standbys && !durability.on_a_standby).then(|| Finding::warning("standby_not_synchronous", finding, fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_must_outlive_what_it_was_answered_by() {
        let table = [
            ((true, true), true, None),
            ((true, false), true, Some("standby_not_synchronous")),
            ((true, false), false, None),
            ((false, true), true, Some("commit_not_durable")),
        ];
        for ((on_disk, on_a_standby), standbys, expected) in table {
            let found = durable(&Durability { on_disk, on_a_standby }, standbys);
            assert_eq!(found.map(|finding| finding.code), expected);
        }
    }

    #[test]
    fn a_server_that_cannot_take_over_is_told() {
        let code = |takes_writes| standing(&Standing { server: "db2:5432".into(), takes_writes }).code;
        assert_eq!([code(Ok(true)), code(Ok(false))], ["database_server"; 2]);
        assert_eq!(code(Err("connection refused".into())), "database_server_away");
    }
}
