//! What this machine can sign at all: RSA of 2048 bits with a parsed key, on
//! every core, and nothing else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::process;
use crate::cli::Failure;
use crate::keys::SigningKey;
use crate::oauth::Algorithm;

const DURATION: Duration = Duration::from_millis(700);

/// About as long as a token before its signature.
const MESSAGE: [u8; 400] = [b'x'; 400];

/// How fast it signs.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// On all cores.
    pub per_second: f64,
    /// CPU time of one signature.
    pub cpu: Duration,
}

/// Measures it now.
///
/// # Errors
/// Exit code 1 when there is no randomness for a key.
pub fn measure() -> Result<Signing, Failure> {
    let key = SigningKey::generate(Algorithm::RS256)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let over = AtomicBool::new(false);
    let started = Instant::now();
    let (signed, cpu) = std::thread::scope(|scope| {
        let signers: Vec<_> = (0..cores).map(|_| scope.spawn(|| sign_until(&over, &key))).collect();
        std::thread::sleep(DURATION);
        over.store(true, Ordering::Relaxed);
        let done = signers.into_iter().filter_map(|signer| signer.join().ok());
        done.fold((0, Duration::ZERO), |(sum, total), (signed, cpu)| (sum + signed, total + cpu))
    });
    let per_second = f64::from(signed) / started.elapsed().as_secs_f64();
    Ok(Signing { per_second, cpu: cpu / signed.max(1) })
}

fn sign_until(over: &AtomicBool, key: &SigningKey) -> (u32, Duration) {
    let cpu = process::cpu_of_this_thread();
    let mut signed = 0;
    while !over.load(Ordering::Relaxed) && key.sign(&MESSAGE).is_ok() {
        signed += 1;
    }
    (signed, process::cpu_of_this_thread().saturating_sub(cpu))
}
