//! The labels of the series. Each has few values, so that no stranger can make
//! series, and none is about a person or a client.

use std::fmt;
use std::hash::{Hash, Hasher};

use axum::extract::MatchedPath;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelSetEncoder, LabelValueEncoder};

/// The labels of OpenTelemetry's HTTP server metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Http {
    pub http_request_method: &'static str,
    pub http_route: Route,
    pub http_response_status_code: u16,
}

/// A route of the router, as it was written there. Shared with the request
/// that took it, where a copy would cost memory for each.
#[derive(Clone, Debug)]
pub(super) struct Route(pub MatchedPath);

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.0.as_str().encode(encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Grant {
    pub grant_type: &'static str,
    pub result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Outcome {
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Kind {
    pub kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Signature {
    pub alg: &'static str,
}

/// What can be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Issued {
    AccessToken,
    IdToken,
    RefreshToken,
    /// A visit to a protected host: a record whose token never leaves.
    Visit,
}

impl EncodeLabelSet for Issued {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        let kind = match self {
            Self::AccessToken => "access_token",
            Self::IdToken => "id_token",
            Self::RefreshToken => "refresh_token",
            Self::Visit => "visit",
        };
        Kind { kind }.encode(encoder)
    }
}
