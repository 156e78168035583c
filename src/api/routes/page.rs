//! The viewer: pages, scripts and styles, served from the program itself.
//!
//! # Design notes
//! * The files are listed by `build.rs` and built in as bytes. A crate that embeds directories would do the same with more to
//!   compile, and reads the disk in development builds: then tests would not see what is served.
//! * Names below `assets/` hold a digest of their content, so browsers may keep them for ever. The page itself names them and
//!   is asked for anew each time; its ETag makes that cheap.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

type ViewerFile = (&'static str, &'static [u8]);

const FILES: &[ViewerFile] = &include!(concat!(env!("OUT_DIR"), "/viewer.rs"));

/// How long a browser may keep a file whose name changes with its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Routes of the viewer. They hold no data: all of it comes by the API, as its reader may see it.
pub fn router() -> Router {
    FILES.iter().fold(Router::new(), |router, &file| {
        router.route(file.0, get(move || async move { send(file) }))
    })
}

/// Addresses of the viewer.
#[cfg(test)]
pub fn addresses() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(address, _)| *address)
}

fn send((address, bytes): ViewerFile) -> Response {
    let kind = [(header::CONTENT_TYPE, media_type(address))];
    if address.starts_with("/assets/") {
        return (kind, [(header::CACHE_CONTROL, FOR_EVER)], bytes).into_response();
    }
    (kind, bytes).into_response()
}

fn media_type(address: &str) -> &'static str {
    match address.rsplit_once('.').map(|(_, extension)| extension) {
        None | Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_its_media_type_and_only_named_content_is_kept() {
        let page = send(("/", b"<html>"));
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        assert!(!page.headers().contains_key("cache-control"));
        let script = send(("/assets/main-1a2b.js", b""));
        assert_eq!(
            script.headers()["content-type"],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(script.headers()["cache-control"], FOR_EVER);
    }

    #[test]
    fn there_is_a_page_at_the_root() {
        assert!(addresses().any(|address| address == "/"));
    }
}
