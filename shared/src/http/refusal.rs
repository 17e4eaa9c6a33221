//! Why a request gets no success.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::Answer;
use crate::error::{Error, Outage, Reason};

/// Why a request gets no success. A handler returns it as it is; the door has the contract word it.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// For a reason of the directory's.
    Denied(Reason),
    /// For a parameter, in words that the contract has for this one only.
    Answered(Answer),
    /// For something that no contract's document speaks of.
    Fault(Fault),
}

/// What no contract's document speaks of. Each contract words it in its own envelope, under its
/// real HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A browser sent the request for a page of another site.
    ForeignOrigin,
    /// There is no such path.
    NotFound,
    /// The path has no such method.
    MethodNotAllowed,
    /// The body is larger than [`MAX_BODY_BYTES`](super::MAX_BODY_BYTES).
    BodyTooLarge,
    /// The body is something else than JSON.
    UnsupportedMediaType,
    /// A budget is used up.
    TooManyRequests {
        /// In how many seconds to try again.
        retry_after: u64,
    },
    /// The code is at fault.
    Internal,
    /// A service that Atrium stands on is at fault.
    Unavailable {
        /// What failed, for the log.
        cause: String,
    },
}

/// In how many seconds to try again after an outage.
const OUTAGE_RETRY_AFTER: u64 = 1;

impl Fault {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The words for it, for contracts that have no words of their own.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::ForeignOrigin => "forbidden",
            Self::NotFound => "not found",
            Self::MethodNotAllowed => "method not allowed",
            Self::BodyTooLarge => "body too large",
            Self::UnsupportedMediaType => "unsupported media type",
            Self::TooManyRequests { .. } => "too many requests",
            Self::Internal => "internal error",
            Self::Unavailable { .. } => "service unavailable",
        }
    }

    const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests { retry_after } => Some(*retry_after),
            Self::Unavailable { .. } => Some(OUTAGE_RETRY_AFTER),
            Self::ForeignOrigin
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::BodyTooLarge
            | Self::UnsupportedMediaType
            | Self::Internal => None,
        }
    }
}

impl Refusal {
    /// In how many seconds to try again, if it makes sense to.
    pub(super) const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Denied(_) | Self::Answered(_) => None,
            Self::Fault(fault) => fault.retry_after(),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::Denied(reason)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(reason) => Self::Denied(reason),
            Error::Throttled { retry_after } => {
                Self::Fault(Fault::TooManyRequests { retry_after: retry_after.as_secs().max(1) })
            }
            Error::Unavailable(outage) => outage.into(),
        }
    }
}

impl From<Outage> for Refusal {
    fn from(outage: Outage) -> Self {
        Self::Fault(Fault::Unavailable { cause: outage.to_string() })
    }
}

/// Refuses a HEAD where a GET does more than a HEAD may ([RFC 9110, section 9.2.1]), and names the
/// methods that are allowed.
///
/// [RFC 9110, section 9.2.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
#[must_use]
pub fn refuse_head(allowed: &'static str) -> Response {
    let mut response = Refusal::from(Fault::MethodNotAllowed).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// The refusal travels to the door inside the response: only the door knows the contract.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
