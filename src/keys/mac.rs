//! The key under which this installation tags what it hands out and wants to
//! know again: refresh tokens and form tickets (RFC 2104).

use aws_lc_rs::hmac;

/// HMAC-SHA256 with a purpose in front, so that a tag made for one thing says
/// nothing about another. Cheap to clone.
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// From 256 random bits.
    pub fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The tag of some parts. Each goes in with its length before it.
    pub fn tag(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [purpose.as_bytes()].iter().chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_depends_on_the_purpose_and_on_where_parts_end() {
        let key = MacKey::new(&[7; 32]);
        let tag = key.tag("refresh", &[b"ab", b"c"]);
        assert_eq!(tag, key.tag("refresh", &[b"ab", b"c"]));
        assert_ne!(tag, key.tag("refresh", &[b"a", b"bc"]));
        assert_ne!(tag, key.tag("csrf", &[b"ab", b"c"]));
        assert_ne!(tag, MacKey::new(&[8; 32]).tag("refresh", &[b"ab", b"c"]));
    }
}
