//! What every answer has: headers that the Design Rules ask for, problems where the framework has plain text, ETags of
//! the answer's own bytes; and what no address may have.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::router::ApiState;
use crate::model::check::Check;

/// Version of the API, on every answer.
pub const API_VERSION: &str = "1.0.0";

/// Refuses addresses that hold a national number.
pub async fn refuse_national_numbers(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if holds_national_number(uri.path()) || uri.query().is_some_and(holds_national_number) {
        return Problem::invalid(
            "national-number-in-url",
            "an address may not hold a citizen service number or A-number: send it in the body of `POST /v1/nodes/_zoek`",
        )
        .into_response();
    }
    next.run(request).await
}

/// Refuses requests that a browser sends for a page of another site.
///
/// Reads too: each leaves a record that its caller looked, and nobody may be made to look.
pub async fn refuse_other_sites(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_api = path.starts_with("/v1/") && path != "/v1/openapi.json";
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| {
            request
                .uri()
                .authority()
                .map(|authority| authority.as_str())
        });
    let is_own = |origin: &str| state.login.settings.is_own_origin(origin, host);
    if is_api && !is_from_here(request.headers(), is_own) {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "other-site",
            "this request comes from a page of another site: open Verband itself (a proxy that changes the host \
             needs `public_url` in the settings)",
        )
        .into_response();
    }
    next.run(request).await
}

/// Whether what a browser says of a request fits a page of our own. Who is no browser says nothing.
fn is_from_here(headers: &HeaderMap, is_own: impl Fn(&str) -> bool) -> bool {
    let texts = |name: HeaderName| {
        headers
            .get_all(name)
            .into_iter()
            .map(|value| value.to_str().unwrap_or("null"))
    };
    let from = HeaderName::from_static("sec-fetch-site");
    texts(from).all(|site| matches!(site, "same-origin" | "none"))
        && texts(header::ORIGIN).all(is_own)
}

/// Whether a run of digits in a text, dots and blanks between them left out, is a BSN, RSIN or A-number.
fn holds_national_number(text: &str) -> bool {
    let plain = text
        .replace("%20", " ")
        .replace("%2E", ".")
        .replace("%2e", ".");
    let joined: String = plain
        .chars()
        .filter(|letter| !matches!(letter, '.' | ' ' | '+'))
        .collect();
    [plain.as_str(), joined.as_str()].iter().any(|text| {
        text.split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|word| Check::Bsn.passes(word) || Check::ANumber.passes(word))
    })
}

/// Gives errors that the framework made the form of a problem, and every answer its headers.
pub async fn finish(request: Request, next: Next) -> Response {
    let path_is_open = request.uri().path().ends_with("/openapi.json");
    let is_script = request.headers().contains_key("sec-fetch-mode");
    let response = next.run(request).await;
    let mut response = as_problem(response);
    if is_script && response.status() == StatusCode::UNAUTHORIZED {
        // A browser that is offered Basic asks for a password in a window of its own, over the page that has a form for it,
        // and sends what it was told with every request from then on.
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (HeaderName::from_static("api-version"), API_VERSION),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ),
        (
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Nothing is kept but files of the viewer whose names change with their content: those say so themselves.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if path_is_open {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        );
    }
    response
}

fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    // A page that says what went wrong is for people who are logging in.
    let is_told = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            kind == "application/problem+json" || kind == "text/html; charset=utf-8"
        });
    if !is_error || is_told {
        return response;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => {
            Problem::new(status, "unknown-path", "there is nothing at this address")
        }
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "method-not-allowed",
            "this address does not know that method; `Allow` lists those it does",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            status,
            "body-too-large",
            "the body is larger than the 1 MiB it may be",
        ),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => {
            Problem::new(status, "timeout", "the request took too long: ask for less")
        }
        _ => Problem::new(status, "error", "the request could not be answered"),
    };
    let mut made = problem.into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        made.headers_mut().insert(header::ALLOW, allow.clone());
    }
    made
}

/// Largest answer that gets an ETag.
const TAGGED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Tags successful answers to GET with a digest of their bytes, and answers 304 to who has them.
pub async fn tag(request: Request, next: Next) -> Response {
    let is_get = request.method() == axum::http::Method::GET;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if !is_get || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, TAGGED_BYTES_MAX).await else {
        return Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "answer-too-large",
            "the answer is larger than an answer may be: ask for less",
        )
        .into_response();
    };
    let digest = blake3::hash(&bytes).to_hex();
    let text: String = digest.as_str().chars().take(32).collect();
    let etag = format!("\"{text}\"");
    let is_known = known
        .and_then(|known| known.to_str().map(str::to_owned).ok())
        .is_some_and(|known| {
            known
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == etag)
        });
    if let Ok(value) = HeaderValue::from_str(&etag) {
        parts.headers.insert(header::ETAG, value);
    }
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_sends_for_another_site_is_not_from_here() {
        let from_here = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            is_from_here(&headers, |origin| origin == "https://own.example")
        };
        let (site, origin) = ("sec-fetch-site", "origin");
        assert!(from_here(&[]));
        assert!(from_here(&[
            (site, "same-origin"),
            (origin, "https://own.example")
        ]));
        assert!(from_here(&[(site, "none")]));
        for headers in [
            &[(site, "cross-site")][..],
            &[(site, "same-site")],
            &[(site, "")],
            &[(origin, "https://evil.example")],
            &[(origin, "null")],
            &[(site, "same-origin"), (site, "cross-site")],
            &[
                (origin, "https://own.example"),
                (origin, "https://evil.example"),
            ],
            &[(site, "same-origin"), (origin, "https://evil.example")],
        ] {
            assert!(!from_here(headers), "{headers:?}");
        }
    }

    #[test]
    fn national_numbers_are_found_however_they_are_written() {
        for text in [
            "/v1/nodes/999993653",
            "bsn=999993653",
            "q=9999.93.653",
            "q=999+993+653",
            "a=8940402024",
        ] {
            assert!(holds_national_number(text), "{text}");
        }
        for text in [
            "/v1/nodes/0123456789abc",
            "asOf=2026-11-01",
            "id=999993654",
            "vbo=0221010000330226",
        ] {
            assert!(!holds_national_number(text), "{text}");
        }
    }
}
