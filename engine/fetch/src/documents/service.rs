//! A service of objects that answers as a test tells it to, faults included.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// One piece of an answer.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing more, until the client goes away.
    Silence,
}

/// A request as it came: its first line and its headers, names in lower case.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Gives the answers in turn, the last one again and again.
pub(super) struct Service {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    pub(super) fn start(answers: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        // The thread waits for connections until the test's process ends.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, answers, noted) = (stream.unwrap(), answers.clone(), noted.clone());
                // A client that has gone away is what some tests are about.
                thread::spawn(move || drop(serve(stream, &answers, &noted)));
            }
        });
        Self { address, asked }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, answers: &[Vec<Step>], noted: &Mutex<Vec<Asked>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let nth = {
        let mut noted = noted.lock().unwrap();
        noted.push(Asked { line: line.trim_end().to_owned(), headers });
        noted.len() - 1
    };
    let mut stream = stream;
    for step in &answers[nth.min(answers.len() - 1)] {
        match step {
            Step::Bytes(bytes) => stream.write_all(bytes)?,
            Step::Silence => drop(reader.read(&mut [0])?),
        }
    }
    Ok(())
}

/// A head: the status with its words, the length that it claims, and further lines.
pub(super) fn head(status: &str, len: usize, lines: &str) -> Step {
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {len}\r\nConnection: close\r\n\
         ETag: \"1\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n{lines}\r\n"
    );
    Step::Bytes(text.into_bytes())
}

/// The object, as it should come.
pub(super) fn whole(bytes: &[u8]) -> Vec<Step> {
    vec![head("200 OK", bytes.len(), ""), Step::Bytes(bytes.to_vec())]
}

/// A refusal with a code.
pub(super) fn refusal(status: &str, code: &str) -> Vec<Step> {
    let body = format!("<Error><Code>{code}</Code><StringToSign>hidden</StringToSign></Error>");
    vec![head(status, body.len(), ""), Step::Bytes(body.into_bytes())]
}
