//! Secrets that a test looks for where they must not be.

use porteiro::secret::from_base64url;
use serde_json::Value;

/// What must be found nowhere, with what it is.
#[derive(Default)]
pub struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    pub fn add(&mut self, what: &'static str, value: impl Into<String>) {
        let value = value.into();
        assert!(value.len() > 7, "{what} {value:?} is found by chance");
        self.0.push((what, value));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Those of a token response.
    pub fn add_tokens(&mut self, tokens: &Value) {
        for what in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = tokens[what].as_str() {
                self.add(what, token);
                // What makes a JWT worth something, also without the rest.
                self.add("signature", token.rsplit('.').next().unwrap());
            }
        }
    }

    /// Those that are found in the bytes, as they are or in hexadecimal, or the
    /// bytes that they encode.
    pub fn found_in(&self, haystack: &[u8]) -> Vec<&str> {
        let forms = |value: &str| {
            let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let body = value.split_once('_').map_or(value, |(_, body)| body);
            let bytes = from_base64url(body).filter(|bytes| bytes.len() > 15).unwrap_or_default();
            let mut forms = vec![value.as_bytes().to_vec(), hex(value.as_bytes()).into_bytes()];
            forms.extend([hex(&bytes).into_bytes(), bytes]);
            forms.into_iter().filter(|form| !form.is_empty()).collect::<Vec<_>>()
        };
        let holds = |form: &Vec<u8>| haystack.windows(form.len()).any(|window| window == form);
        let found = self.0.iter().filter(|(_, value)| forms(value).iter().any(holds));
        found.map(|(what, _)| *what).collect()
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    let mut secrets = Secrets::default();
    secrets.add("code", "pac_AAECAwQFBgcICQoLDA0ODw");
    let bytes: Vec<u8> = (0..16).collect();
    let forms = [
        b"x pac_AAECAwQFBgcICQoLDA0ODw x".to_vec(),
        b"\\x7061635f4141454341775146426763494351_".to_vec(),
        b"000102030405060708090a0b0c0d0e0f".to_vec(),
        [b"x", bytes.as_slice()].concat(),
    ];
    let found = forms.map(|form| secrets.found_in(&form).len());
    assert_eq!(found, [1, 0, 1, 1]);
}
