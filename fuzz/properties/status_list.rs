//! Status lists: a token has one place, its name reads back, and exactly the
//! bits that were set are written.

use std::collections::BTreeSet;
use std::io::Read as _;

use flate2::read::ZlibDecoder;
use porteiro::clock::Timestamp;
use porteiro::oauth::status_list::{Bits, ListId, SIZE, bucket_begins, bucket_of};
use porteiro::secret::from_base64url;

pub fn hold(input: &[u8]) {
    if let Some(id) = std::str::from_utf8(input).ok().and_then(|text| text.parse::<ListId>().ok()) {
        assert_eq!(id.to_string().as_bytes(), input);
    }
    let numbers: Vec<i32> =
        input.chunks_exact(4).map(|four| i32::from_be_bytes(four.try_into().unwrap())).collect();
    for pair in numbers.chunks_exact(2) {
        has_one_place(i64::from(pair[0].unsigned_abs()) * 1_000_000, pair[1].unsigned_abs() as i32);
    }
    exactly_these_are_written(&numbers);
}

fn has_one_place(exp: i64, status_index: i32) {
    let Ok(index) = u32::try_from(status_index) else { return };
    let exp = Timestamp(exp);
    let (id, bit) = ListId::of(exp, status_index);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert!((0..SIZE).contains(&bit) && id.part as u32 * SIZE as u32 + bit as u32 == index);
    let bucket = bucket_of(exp);
    assert!(bucket_begins(bucket) <= exp && exp < bucket_begins(bucket + 1));
}

fn exactly_these_are_written(numbers: &[i32]) {
    let mut bits = Bits::default();
    let mut expected = BTreeSet::new();
    for number in numbers {
        let within = (0..SIZE).contains(number);
        assert_eq!(bits.set(*number), within && expected.insert(*number));
    }
    let compressed = from_base64url(&bits.lst().unwrap()).unwrap();
    let mut bytes = Vec::new();
    ZlibDecoder::new(compressed.as_slice()).read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as i32, SIZE / 8);
    let set = |(at, byte): (usize, &u8)| {
        (0..8).filter(|bit| byte >> bit & 1 == 1).map(|bit| at as i32 * 8 + bit).collect::<Vec<_>>()
    };
    let written: BTreeSet<i32> =
        bytes.iter().enumerate().filter(|(_, byte)| **byte != 0).flat_map(set).collect();
    assert_eq!(written, expected);
}
