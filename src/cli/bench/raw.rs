//! What this machine can compute at all, on every core and with nothing else
//! to do: what a server's answers are set against.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use argon2::Argon2;

use super::{Work, process};
use crate::cli::Failure;
use crate::keys::SigningKey;
use crate::oauth::Algorithm;

const DURATION: Duration = Duration::from_millis(700);

/// About as long as a token before its signature.
const MESSAGE: [u8; 400] = [b'x'; 400];

/// What an answer costs at least.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    /// RSA of 2048 bits with a parsed key.
    Signature,
    /// Argon2id as `passwords.*` has it by default.
    Hash,
}

/// How fast it goes.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    /// On all cores.
    pub per_second: f64,
    /// CPU time of one.
    pub cpu: Duration,
}

impl Operation {
    /// The one that limits this work.
    pub fn of(work: Work) -> Self {
        if work == Work::Login { Self::Hash } else { Self::Signature }
    }

    /// In the plural.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "RSA-2048 signatures",
            Self::Hash => "Argon2id hashes",
        }
    }

    /// Measures it now.
    ///
    /// # Errors
    /// Exit code 1 when there is no randomness for a key.
    pub fn measure(self) -> Result<Speed, Failure> {
        match self {
            Self::Signature => {
                let key = SigningKey::generate(Algorithm::RS256)?;
                Ok(on_all_cores(|| key.sign(&MESSAGE).is_ok()))
            }
            Self::Hash => Ok(on_all_cores(|| {
                Argon2::default().hash_password_into(b"password", &[0; 16], &mut [0; 32]).is_ok()
            })),
        }
    }
}

fn on_all_cores(once: impl Fn() -> bool + Sync) -> Speed {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let over = AtomicBool::new(false);
    let started = Instant::now();
    let (done, cpu) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| repeat_until(&over, &once))).collect();
        std::thread::sleep(DURATION);
        over.store(true, Ordering::Relaxed);
        let ended = threads.into_iter().filter_map(|thread| thread.join().ok());
        ended.fold((0, Duration::ZERO), |(sum, total), (done, cpu)| (sum + done, total + cpu))
    });
    Speed { per_second: f64::from(done) / started.elapsed().as_secs_f64(), cpu: cpu / done.max(1) }
}

fn repeat_until(over: &AtomicBool, once: impl Fn() -> bool) -> (u32, Duration) {
    let cpu = process::cpu_of_this_thread();
    let mut done = 0;
    while !over.load(Ordering::Relaxed) && once() {
        done += 1;
    }
    (done, process::cpu_of_this_thread().saturating_sub(cpu))
}
