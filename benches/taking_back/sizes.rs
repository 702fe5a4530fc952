//! Status lists at rest and on the wire.

use std::time::Instant;

use porteiro::oauth::status_list::{Bits, SIZE};

/// A sequence without structure (xorshift64).
struct Noise(u64);

impl Noise {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

pub fn measure() {
    println!("status lists: tokens, share taken back, lists, raw, zlib (base64url), time to write them");
    for tokens in [1_000_000u64, 10_000_000] {
        for per_mille in [1u64, 10, 100] {
            one(tokens, per_mille);
        }
    }
}

fn one(tokens: u64, per_mille: u64) {
    let size = SIZE as u64;
    let lists = tokens.div_ceil(size);
    let mut bits = vec![Bits::default(); lists as usize];
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut left = tokens * per_mille / 1_000;
    while left > 0 {
        let place = noise.below(tokens);
        left -= u64::from(bits[(place / size) as usize].set((place % size) as i32));
    }
    let began = Instant::now();
    let written: usize = bits.iter().map(|bits| bits.lst().unwrap().len()).sum();
    let took = began.elapsed();
    println!(
        "{tokens:>9}  {:>4.1} %  {lists:>2} lists  raw {:>5} KiB  zlib {:>5} KiB  {:>6.0} ms",
        per_mille as f64 / 10.0,
        lists * size / 8 / 1024,
        written / 1024,
        took.as_secs_f64() * 1e3
    );
}
