use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use super::*;
use crate::transport::exchange::MAX_HEADERS;

const LIMIT: usize = 1000;

/// A server that answers each connection with the next of `answers` and hands back the request heads it read.
fn serve(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let head = read_head(&mut stream);
                stream.write_all(answer.as_bytes()).unwrap();
                head
            })
            .collect()
    });
    (address, server)
}

/// Reads a request up to the empty line.
fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn fetch(
    url: String,
    headers: &[(&str, &str)],
    timeout: Option<Duration>,
) -> Result<DefinitionsResponse, TransportError> {
    fetch_through(None, url, headers, timeout)
}

fn fetch_through(
    proxy: Option<String>,
    url: String,
    headers: &[(&str, &str)],
    timeout: Option<Duration>,
) -> Result<DefinitionsResponse, TransportError> {
    let request = DefinitionsRequest {
        url,
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        timeout,
        max_body_bytes: LIMIT,
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(transport(proxy).fetch(request))
}

/// Through this proxy, with the authorities of this machine.
fn transport(proxy: Option<String>) -> ReqwestTransport {
    ReqwestTransport {
        proxy,
        trust: Trust::default(),
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[test]
fn a_200_hands_back_body_and_etag_and_sends_the_query_and_headers_as_given() {
    let (url, server) = serve(vec![answer(
        "200 OK",
        "etag: W/\"1\"\r\n",
        "{\"flags\":[]}",
    )]);
    let response = fetch(
        format!("{url}/flags/definitions?token=phc_x&send_cohorts"),
        &[
            ("Authorization", "Bearer phx_1"),
            ("If-None-Match", "W/\"0\""),
        ],
        None,
    )
    .unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.etag.as_deref(), Some("W/\"1\""));
    assert_eq!(response.body, b"{\"flags\":[]}");
    let heads = server.join().unwrap();
    assert!(heads[0].starts_with("GET /flags/definitions?token=phc_x&send_cohorts HTTP/1.1\r\n"));
    assert!(heads[0].contains("authorization: Bearer phx_1\r\n"));
    assert!(heads[0].contains("if-none-match: W/\"0\"\r\n"));
}

#[test]
fn the_body_of_another_status_is_not_read() {
    let (url, server) = serve(vec![answer("402 Payment Required", "", "{}")]);
    let response = fetch(url, &[], None).unwrap();
    assert_eq!((response.status, response.body.len()), (402, 0));
    server.join().unwrap();
}

#[test]
fn a_redirect_to_another_host_carries_no_key_and_no_referer() {
    let (target, target_server) = serve(vec![answer("200 OK", "", "{}")]);
    let (url, server) = serve(vec![answer(
        "302 Found",
        &format!("location: {target}/elsewhere\r\n"),
        "",
    )]);
    let response = fetch(
        format!("{url}/?token=phc_x"),
        &[("Authorization", "Bearer phx_1")],
        None,
    )
    .unwrap();
    assert_eq!(response.status, 200);
    assert!(
        server.join().unwrap()[0].contains("phx_1"),
        "the first host gets the key"
    );
    let head = &target_server.join().unwrap()[0];
    assert!(!head.contains("phx_1"), "{head}");
    assert!(!head.to_lowercase().contains("referer"), "{head}");
}

#[test]
fn a_redirect_within_another_host_carries_no_key_either() {
    let moved = |to: &str| answer("302 Found", &format!("location: {to}\r\n"), "");
    let (target, target_server) = serve(vec![moved("/again"), answer("200 OK", "", "{}")]);
    let (url, server) = serve(vec![moved(&target)]);
    let response = fetch(url, &[("Authorization", "Bearer phx_1")], None).unwrap();
    assert_eq!(response.status, 200);
    server.join().unwrap();
    for head in target_server.join().unwrap() {
        assert!(!head.contains("phx_1"), "{head}");
    }
}

#[test]
fn the_timeout_covers_the_body() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // An answer that comes before the question is an error of its own.
        read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
            .unwrap();
        // Held open until the client gives up.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = fetch(url, &[], Some(Duration::from_millis(200))).unwrap_err();
    assert_eq!(error, TransportError::Timeout);
    server.join().unwrap();
}

#[test]
fn a_failed_request_names_the_cause_but_neither_url_nor_token() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = fetch(
        format!("http://{address}/flags/definitions?token=phc_x"),
        &[],
        None,
    )
    .unwrap_err();
    let text = error.to_string();
    assert!(text.to_lowercase().contains("refused"), "{text}");
    assert!(!text.contains("phc_x") && !text.contains("http"), "{text}");
}

#[test]
fn a_body_that_announces_more_than_the_limit_is_refused_before_it_is_read() {
    let (url, server) = serve(vec![format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{{}}",
        LIMIT + 1
    )]);
    assert_eq!(
        fetch(url, &[], None).unwrap_err(),
        TransportError::BodyTooLarge(LIMIT)
    );
    server.join().unwrap();
}

#[test]
fn a_header_that_cannot_be_sent_is_named_without_its_value() {
    let error = fetch(
        "http://127.0.0.1:1".into(),
        &[("Authorization", "Bearer a\nb")],
        None,
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the header \"Authorization\" cannot be sent"
    );
}

#[test]
fn a_great_many_headers_are_sent_and_more_of_them_are_left_to_fetch() {
    let headers = |count: usize| -> Vec<(String, String)> {
        (0..count)
            .map(|at| (format!("x-{at}"), "v".to_owned()))
            .collect()
    };
    let sent = with_defaults(header_map(&headers(MAX_HEADERS)).unwrap());
    assert!(sent.len() > MAX_HEADERS);
    assert!(matches!(
        header_map(&headers(200_000)),
        Err(TransportError::Unreadable(_))
    ));
}

#[test]
fn a_plain_request_goes_to_the_proxy_with_the_whole_address_and_the_password_of_the_proxy() {
    let (proxy, server) = serve(vec![answer("200 OK", "", "{}")]);
    let proxy = proxy.replace("http://", "http://user:pass%20word@");
    let url = "http://posthog.test/flags/definitions?token=phc_x".to_owned();
    let response = fetch_through(Some(proxy), url, &[], None).unwrap();
    assert_eq!(response.status, 200);
    let head = &server.join().unwrap()[0];
    assert!(
        head.starts_with("GET http://posthog.test/flags/definitions?token=phc_x HTTP/1.1\r\n"),
        "{head}"
    );
    // "user:pass word" in base64.
    assert!(
        head.contains("proxy-authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n"),
        "{head}"
    );
}

#[test]
fn a_tls_request_asks_the_proxy_for_a_tunnel_and_a_refused_one_is_a_failure_that_names_no_address()
{
    let (proxy, server) = serve(vec![answer("407 Proxy Authentication Required", "", "")]);
    let proxy = proxy.replace("http://", "http://user:secret@");
    let url = "https://posthog.test/flags/definitions?token=phc_x".to_owned();
    let error = fetch_through(Some(proxy), url, &[("Authorization", "Bearer phx_1")], None)
        .unwrap_err()
        .to_string();
    let head = &server.join().unwrap()[0];
    assert!(
        head.starts_with("CONNECT posthog.test:443 HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(!head.contains("phc_x") && !head.contains("phx_1"), "{head}");
    assert!(
        error.contains("tunnel") || error.contains("proxy"),
        "{error}"
    );
    for secret in ["secret", "phc_x", "posthog.test"] {
        assert!(!error.contains(secret), "{error}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_a_failure_that_does_not_quote_its_address() {
    let failure = |proxy: &str| {
        fetch_through(Some(proxy.into()), "http://posthog.test".into(), &[], None)
            .unwrap_err()
            .to_string()
    };
    let unusable = failure("http://user:secret@");
    assert!(unusable.starts_with("the proxy that the environment names has no usable address"));
    let socks = failure("socks5://user:secret@127.0.0.1:1");
    assert!(socks.contains("unsupported scheme socks5"), "{socks}");
    assert!(!format!("{unusable} {socks}").contains("secret"));
    let transport = transport(Some("http://user:secret@proxy.test".into()));
    assert!(!format!("{transport:?}").contains("secret"));
}

#[test]
fn debug_output_of_a_request_shows_no_credentials() {
    let request = DefinitionsRequest {
        url: "http://h/?token=phc_x".into(),
        headers: vec![("Authorization".into(), "Bearer phx_1".into())],
        timeout: None,
        max_body_bytes: LIMIT,
    };
    let text = format!("{request:?}");
    assert!(!text.contains("phc_x") && !text.contains("phx_1"), "{text}");
}
