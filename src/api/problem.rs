//! Errors as RFC 9457 problem documents.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::AuditError;
use crate::authz::PurposeError;
use crate::case::CaseError;
use crate::engine::AccessError;
use crate::engine::desk::DeskError;
use crate::flag::FlagError;
use crate::query::QueryError;

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code tells the kind.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What kind of problem it is.
    pub title: &'static str,
    /// What went wrong here, and what to do.
    pub detail: String,
    /// Stable code, for programs.
    pub code: &'static str,
    /// Seconds to wait before the next attempt; stands in `Retry-After`.
    #[serde(skip)]
    #[schema(ignore)]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem with a status, a stable code, and what went wrong.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Error"),
            detail: detail.into(),
            code,
            retry_after: None,
        }
    }

    /// 400.
    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 500. What happened stands in the log, not in the answer.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %error, "a read failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server could not answer; its log tells why",
        )
    }

    /// 401, with the way to log in.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "log in: by `POST /v1/sessions`, by HTTP Basic authentication, or with a bearer token",
        )
    }

    /// 429, the same whether the account is there or not.
    pub fn too_many_attempts(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-attempts",
                format!("too many failed logins: wait {seconds} seconds"),
            )
        }
    }
}

/// Seconds to wait when a load holds the store.
const LOADING_SECONDS: u64 = 5;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"verband\", charset=\"UTF-8\""),
            );
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match &error {
            AccessError::Purpose(PurposeError::Missing) => Self::invalid(
                "purpose-missing",
                "name the purpose of this read: `?purpose=...`; `/v1/me` lists yours",
            ),
            AccessError::Purpose(PurposeError::Unknown(_)) => Self::invalid(
                "purpose-unknown",
                format!("{error}: `/v1/me` lists the purposes open to you"),
            ),
            AccessError::Purpose(PurposeError::NotYours(_)) => Self::new(
                StatusCode::FORBIDDEN,
                "purpose-not-yours",
                error.to_string(),
            ),
            AccessError::NotOfficer => Self::new(
                StatusCode::FORBIDDEN,
                "not-privacy-officer",
                error.to_string(),
            ),
            AccessError::CaseMissing(_) => Self::invalid("case-missing", error.to_string()),
            AccessError::Case(cause) => Self::from(cause.clone()),
            AccessError::Policy(cause) => Self::internal(cause),
            AccessError::Loading => Self {
                retry_after: Some(LOADING_SECONDS),
                ..Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "loading",
                    error.to_string(),
                )
            },
            AccessError::Store(cause) => Self::internal(cause),
            AccessError::Audit(cause) => cause.clone().into(),
        }
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        tracing::error!(%error, "no record, no answer");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-recorded",
            "the read could not be recorded, so there is no answer",
        )
    }
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        let (status, code) = match &error {
            // The same for missing and not yours.
            CaseError::UnknownCase(_) => (StatusCode::NOT_FOUND, "unknown-case"),
            CaseError::UnknownReceipt(_) => (StatusCode::NOT_FOUND, "unknown-receipt"),
            CaseError::Over(_) => (StatusCode::CONFLICT, "case-over"),
            CaseError::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid-input"),
            CaseError::Role(_) => (StatusCode::FORBIDDEN, "role-missing"),
            CaseError::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, "too-often"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Case(error) => Self::from(error),
            DeskError::Query(error) => Self::from(error),
            DeskError::Access(error) => Self::from(error),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match &error {
            // The same for missing and hidden.
            QueryError::UnknownNode(_) => {
                Self::new(StatusCode::NOT_FOUND, "unknown-node", error.to_string())
            }
            QueryError::Invalid(_) => Self::invalid("invalid-input", error.to_string()),
            QueryError::Deadline => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "deadline",
                error.to_string(),
            ),
            QueryError::Archive(cause) => Self::internal(cause),
        }
    }
}

impl From<FlagError> for Problem {
    fn from(error: FlagError) -> Self {
        match error {
            // The same for missing and hidden.
            FlagError::UnknownFlag(_) => {
                Self::new(StatusCode::NOT_FOUND, "unknown-flag", error.to_string())
            }
            FlagError::UnknownPattern(_) => {
                Self::new(StatusCode::NOT_FOUND, "unknown-pattern", error.to_string())
            }
            FlagError::Invalid(_) => Self::invalid("invalid-input", error.to_string()),
            FlagError::NotJudge => {
                Self::new(StatusCode::FORBIDDEN, "not-a-judge", error.to_string())
            }
            FlagError::Query(cause) => cause.into(),
            FlagError::Found(cause) => Self::internal(&cause),
            FlagError::Store(cause) => Self::internal(&cause),
            FlagError::View(_) => Self::internal(&error),
        }
    }
}
