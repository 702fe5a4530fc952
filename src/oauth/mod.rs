//! The protocol's rules, pure: no store, no network, no clock.

pub mod algorithm;

pub use algorithm::Algorithm;
