//! What is known of a request beside its contents.

use std::net::IpAddr;

use uuid::Uuid;

/// A request's id and the address of who sent it.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Also in the answer's `X-Request-Id`, in every log line and on pages.
    pub request_id: Uuid,
    /// The client's address; the forwarded one behind a trusted proxy.
    pub address: IpAddr,
}
