//! The smallest HTTP/1.1 client that can measure: one kept connection, one request at a time,
//! bodies handed on as they come. Plain HTTP only, as the server speaks it on loopback.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

/// A server that answers nothing for this long has failed.
const PATIENCE: Duration = Duration::from_mins(5);

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Bytes of the body; none when it comes in chunks.
    pub(crate) length: Option<usize>,
    /// Bytes of the head itself.
    pub(crate) size: usize,
    /// Milliseconds of the search, where `Server-Timing` tells them.
    pub(crate) search_ms: Option<f64>,
}

/// Reads a head when all of it is there.
pub(crate) fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .context("the server's answer has no status")?;
    let (mut length, mut search_ms) = (None, None);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        } else if name.eq_ignore_ascii_case("server-timing") {
            let milliseconds = value.trim().strip_prefix("search;dur=");
            search_ms = milliseconds.map(str::parse).transpose()?;
        }
    }
    Ok(Some(Head {
        status,
        length,
        size: end + 4,
        search_ms,
    }))
}

/// Writes a request.
pub(crate) fn request(method: &str, target: &str, token: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let authorization = if token.is_empty() {
        String::new()
    } else {
        format!("authorization: Bearer {token}\r\n")
    };
    let mut bytes = format!(
        "{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: auditorium-bench\r\n\
         {authorization}content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    token: String,
    /// What the last answer said of its search.
    pub(crate) search_ms: Option<f64>,
}

impl Connection {
    pub(crate) fn open(port: u16, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(256 << 10),
            token: token.to_owned(),
            search_ms: None,
        })
    }

    pub(crate) fn get(&mut self, target: &str) -> Result<Vec<u8>> {
        self.call("GET", target, "", b"")
    }

    /// Sends a request and reads the whole answer, which must be a success.
    pub(crate) fn call(
        &mut self,
        method: &str,
        target: &str,
        kind: &str,
        body: &[u8],
    ) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        let status = self.send(method, target, kind, body, |part| {
            answer.extend_from_slice(part);
        })?;
        ensure!(
            (200..300).contains(&status),
            "{method} {target} was answered {status}: {}",
            String::from_utf8_lossy(&answer)
        );
        Ok(answer)
    }

    /// Sends a request and hands on the answer's body as it comes; answers the status.
    pub(crate) fn send(
        &mut self,
        method: &str,
        target: &str,
        kind: &str,
        body: &[u8],
        mut part: impl FnMut(&[u8]),
    ) -> Result<u16> {
        let bytes = request(method, target, &self.token, kind, body);
        self.stream.write_all(&bytes)?;
        let head = loop {
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
            self.fill()?;
        };
        self.buffer.drain(..head.size);
        self.search_ms = head.search_ms;
        if let Some(length) = head.length {
            self.exactly(length, &mut part)?;
        } else {
            while let size @ 1.. = self.chunk_size()? {
                self.exactly(size, &mut part)?;
                self.exactly(2, &mut |_| {})?;
            }
            self.exactly(2, &mut |_| {})?;
        }
        Ok(head.status)
    }

    fn fill(&mut self) -> Result<()> {
        let start = self.buffer.len();
        self.buffer.resize(start + (128 << 10), 0);
        let read = self
            .stream
            .read(self.buffer.get_mut(start..).unwrap_or_default())?;
        self.buffer.truncate(start + read);
        if read == 0 {
            bail!("the server closed the connection in the middle of an answer");
        }
        Ok(())
    }

    fn exactly(&mut self, mut length: usize, part: &mut impl FnMut(&[u8])) -> Result<()> {
        while length > 0 {
            if self.buffer.is_empty() {
                self.fill()?;
            }
            let taken = length.min(self.buffer.len());
            part(self.buffer.get(..taken).unwrap_or_default());
            self.buffer.drain(..taken);
            length -= taken;
        }
        Ok(())
    }

    fn chunk_size(&mut self) -> Result<usize> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let line = String::from_utf8(self.buffer.drain(..end + 2).collect())?;
                return usize::from_str_radix(line.trim(), 16).context("not the size of a chunk");
            }
            self.fill()?;
        }
    }
}

/// A text as it stands in a query string.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_all_of_it_is_there() {
        let answer =
            b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nServer-Timing: search;dur=0.25\r\n\r\nbody";
        assert_eq!(head(&answer[..20]).unwrap(), None);
        let read = head(answer).unwrap().unwrap();
        assert_eq!((read.status, read.length, read.size), (200, Some(12), 71));
        assert_eq!(read.search_ms, Some(0.25));
    }
}
