//! `porteiro bench`: puts load on a token server, ours or another, and sets
//! what it answers against what the machine could compute at all.

mod browser;
mod connection;
mod load;
mod plan;
mod process;
mod raw;
mod report;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::{Failure, Output, block_on, input};
use load::Load;
use plan::Plan;
use process::Processes;
use raw::Operation;
use report::{Report, Round};
use worker::Worker;

/// What is asked for, over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// A token by client credentials (RFC 6749 §4.4)
    Token,
    /// Whether a token is active (RFC 7662)
    Introspect,
    /// The same as a proxy asks it, at /oauth2/verify
    Verify,
    /// New tokens for a refresh token (RFC 6749 §6)
    Refresh,
    /// A code for a person who is signed in, and tokens for the code (RFC 6749 §4.1)
    Code,
    /// The login page, filled in by somebody who is not signed in, up to the code
    Login,
}

impl Work {
    /// Done by a person with a browser.
    fn is_a_persons(self) -> bool {
        matches!(self, Self::Refresh | Self::Code | Self::Login)
    }
}

/// Put load on a server, and compare with what this machine can sign or hash
#[derive(Args, Debug)]
pub struct Bench {
    /// What to ask for
    work: Work,
    /// The server: its issuer, with http://
    #[arg(long, value_name = "URL")]
    url: String,
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// File with the client's secret; `-` is standard input
    #[arg(long, value_name = "FILE")]
    secret_file: String,
    /// Scopes to ask for [default for refresh, code and login: openid offline_access]
    #[arg(long)]
    scope: Option<String>,
    /// For refresh, code and login: where codes are sent; nothing needs to answer there
    #[arg(long, value_name = "URL", default_value = "http://localhost:8000/callback")]
    redirect_uri: String,
    /// For refresh, code and login: who logs in
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// For refresh, code and login: file with the person's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<String>,
    /// For introspect and verify: how many tokens to ask about in turn
    #[arg(long, value_name = "N", default_value_t = 1000)]
    tokens: usize,
    /// For introspect: how many of them in one request
    #[arg(long, value_name = "N", default_value_t = 1)]
    batch: usize,
    /// Connections that are kept open
    #[arg(long, value_name = "N", default_value_t = 64)]
    connections: usize,
    /// Requests a second, due whether or not earlier ones were answered;
    /// without it each connection asks again when it has its answer
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// How long a round takes
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = input::duration)]
    duration: Duration,
    /// Load before the first round that is not counted
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = input::duration)]
    warm_up: Duration,
    /// Rounds, each between two measurements of the machine; medians are reported
    #[arg(long, value_name = "N", default_value_t = 1)]
    rounds: usize,
    /// Tell the memory and the CPU time of this process and its children
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// Tell the CPU time of its database server as well
    #[arg(long, value_name = "PID")]
    store_pid: Option<u32>,
}

impl Bench {
    /// Prepares, measures, reports.
    ///
    /// # Errors
    /// Exit code 1 when the server does not do what is asked of it, or ever
    /// answers wrongly.
    pub fn run(self, output: Output) -> Result<(), Failure> {
        let report = block_on(self.measure(output))?;
        output.object(&report);
        match report.wrong_answers() {
            0 => Ok(()),
            wrong => Err(Failure::Failed(format!("{wrong} requests were not answered as they should be"))),
        }
    }

    async fn measure(&self, output: Output) -> Result<Report, Failure> {
        let plan = Arc::new(Plan::make(self).await.map_err(Failure::Failed)?);
        let mut workers = Vec::new();
        for _ in 0..self.connections.max(1) {
            workers.push(Worker::ready(&plan).await.map_err(Failure::Failed)?);
        }
        let load = |duration| Load { rate: self.rate, duration };
        workers = load(self.warm_up).put(workers).await.0;
        let processes = Processes { server: self.server_pid, store: self.store_pid };
        let raw = Operation::of(self.work);
        let mut rounds = Vec::new();
        for number in 1..=self.rounds.max(1) {
            let (before, cpu_before) = (raw.measure()?, processes.cpu());
            let (rested, tally) = load(self.duration).put(workers).await;
            workers = rested;
            let cpu = processes.cpu().since(&cpu_before);
            let round = Round::new(tally, [before, raw.measure()?], cpu);
            output.note(&format!("round {number}: {round} {}/s", raw.name()));
            rounds.push(round);
        }
        Ok(Report::of(self, &rounds, processes.server_memory()))
    }
}
