//! The service on a socket of this machine, for contestants that bring their own HTTP client.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::service::Service;

/// A thread that speaks just enough HTTP/1.1 for token requests; it ends with the process.
pub fn serve(service: Service) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
    listener.set_nonblocking(true).expect("a listener that does not block");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            let service = Arc::new(service);
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move { answer_all(stream, &service).await });
            }
        });
    });
    address
}

async fn answer_all(stream: TcpStream, service: &Service) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::with_capacity(16 * 1024, stream);
    let body = service.body();
    let status = if service.refuses { "401 Unauthorized" } else { "200 OK" };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut line = String::new();
    let mut content = Vec::new();
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok()?;
            }
        }
        content.resize(length, 0);
        stream.read_exact(&mut content).await.ok()?;
        service.answer().await;
        stream.get_mut().write_all(answer.as_bytes()).await.ok()?;
    }
}
