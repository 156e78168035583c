//! The page at `/`: a dossier to read, served from the program itself.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const FILES: [(&str, &str, &str); 3] = [
    (
        "/",
        "text/html; charset=utf-8",
        include_str!("../../../web/index.html"),
    ),
    (
        "/verband.css",
        "text/css; charset=utf-8",
        include_str!("../../../web/verband.css"),
    ),
    (
        "/verband.js",
        "text/javascript; charset=utf-8",
        include_str!("../../../web/verband.js"),
    ),
];

/// Routes of the page. They hold no data: all of it comes by the API, as its reader may see it.
pub fn router() -> Router {
    FILES
        .into_iter()
        .fold(Router::new(), |router, (path, kind, text)| {
            router.route(path, get(move || file(kind, text)))
        })
}

async fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
