//! A small static file server for one folder, on this machine only.
//!
//! It says `no-store` on everything, so that a rebuilt page is never mixed with an old file of the
//! browser's cache, and gives 404 for what is not there: the page routes by fragment.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Longest request head that is read.
const HEAD_BYTES_MAX: u64 = 16 * 1024;
/// A browser opens connections that it may never use.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A folder about to be served.
pub(crate) struct Server {
    listener: TcpListener,
    folder: Arc<Path>,
}

impl Server {
    /// Listens on a port, or on any free one if no port was asked for and the usual one is taken.
    pub(crate) fn bind(folder: &Path, port: Option<u16>, usual_port: u16) -> Result<Self> {
        let listener = match port {
            Some(port) => TcpListener::bind((Ipv4Addr::LOCALHOST, port))
                .with_context(|| format!("port {port} cannot be listened on"))?,
            None => TcpListener::bind((Ipv4Addr::LOCALHOST, usual_port))
                .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
                .context("no port can be listened on")?,
        };
        Ok(Self {
            listener,
            folder: folder.into(),
        })
    }

    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers requests until the process ends.
    pub(crate) fn run(&self) {
        for stream in self.listener.incoming().flatten() {
            let folder = Arc::clone(&self.folder);
            // A browser that goes away in the middle of an answer is no error of ours.
            std::thread::spawn(move || answer(stream, &folder).ok());
        }
    }
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    let mut head = BufReader::new(stream.try_clone()?.take(HEAD_BYTES_MAX)).lines();
    let request = head.next().transpose()?.unwrap_or_default();
    for line in head {
        if line?.is_empty() {
            break;
        }
    }
    let mut words = request.split(' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let (status, kind, body) = match method {
        "GET" | "HEAD" => match file_of(target).and_then(|file| read(&folder.join(file))) {
            Some((kind, body)) => ("200 OK", kind, body),
            None => ("404 Not Found", "text/plain", b"not found\n".to_vec()),
        },
        _ => (
            "405 Method Not Allowed",
            "text/plain",
            b"only GET and HEAD\n".to_vec(),
        ),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len(),
    )?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}

fn read(path: &Path) -> Option<(&'static str, Vec<u8>)> {
    let path = if path.is_dir() {
        path.join("index.html")
    } else {
        path.to_path_buf()
    };
    let body = fs::read(&path).ok()?;
    Some((content_type(&path), body))
}

/// The path below the served folder that a request asks for; nothing if it leads out of it.
fn file_of(target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?;
    let path = PathBuf::from(decode(path)?.strip_prefix('/')?);
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
        .then_some(path)
}

/// Undoes percent-encoding.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (digits, tail) = tail.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_names_a_file_below_the_folder_only() {
        assert_eq!(file_of("/a/b%20c.js?v=1"), Some(PathBuf::from("a/b c.js")));
        assert_eq!(file_of("/"), Some(PathBuf::new()));
        assert_eq!(file_of("/../secret"), None);
        assert_eq!(file_of("/%2e%2e/secret"), None);
        assert_eq!(file_of("//etc/passwd"), None);
        assert_eq!(file_of("/%zz"), None);
        assert_eq!(file_of("/%2"), None);
        assert_eq!(file_of("http://elsewhere/"), None);
    }

    #[test]
    fn wasm_is_served_as_wasm() {
        assert_eq!(content_type(Path::new("ui_bg.wasm")), "application/wasm");
    }
}
