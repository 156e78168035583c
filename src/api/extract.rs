//! What handlers take from a request. Everything that does not fit is a 400 with a reason.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

pub use super::caller::{BrowserSession, Caller, Peer};
use super::problem::Problem;
use super::request;
use crate::model::Day;

/// The query of an address. Keys that do not belong there are refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|rejection| Problem::invalid("invalid-query", rejection.body_text()))
    }
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = match Bytes::from_request(Request::from_parts(parts.clone(), body), state).await
        {
            Ok(bytes) => bytes,
            Err(rejection) => return Err(too_large_or(rejection.status(), rejection.body_text())),
        };
        request::keep_body(&bytes);
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "send the body as `Content-Type: application/json`",
            )),
            Err(rejection) => Err(too_large_or(rejection.status(), rejection.body_text())),
        }
    }
}

fn too_large_or(status: StatusCode, why: String) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            status,
            "body-too-large",
            "the body is larger than the 1 MiB it may be",
        );
    }
    Problem::invalid("invalid-body", why)
}

/// Reads the day of `asOf`.
pub fn day(name: &str, text: Option<&str>) -> Result<Option<Day>, Problem> {
    text.map(|text| {
        text.parse().map_err(|_| {
            Problem::invalid(
                "invalid-query",
                format!("`{name}` is `{text}`, it must be a day such as 2026-11-01"),
            )
        })
    })
    .transpose()
}
