//! Names of fields: which part of the event a key of JSON, logfmt or text means.

use memchr::memchr_iter;

use crate::event::{Event, Level, Who, is_void};
use crate::time::Calendar;

/// The part of an event that a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// When.
    Time,
    /// How loud.
    Level,
    /// Text for people.
    Message,
    /// Stable name of the event.
    Name,
    /// An error id or response code.
    Code,
    /// Why, which is a code where there is none.
    Reason,
    /// An HTTP status.
    Status,
    /// The payment.
    Xid,
    /// The request.
    Rrpid,
    /// The step.
    Step,
    /// A path or URL, which is a step where there is none.
    Path,
    /// Whom it is about.
    Who(Who),
    /// A duration: microseconds of one unit, 0 where the value has its unit.
    Duration(u32),
}

/// What a key means. Keys are those of the common loggers and of payment systems.
#[rustfmt::skip]
pub fn slot(key: &[u8]) -> Option<Slot> {
    Some(match key {
        b"time" | b"ts" | b"timestamp" | b"@timestamp" | b"t" | b"datetime" | b"date"
        | b"eventTime" | b"event_time" | b"asctime" | b"time_iso8601" | b"time_local" => Slot::Time,
        b"level" | b"severity" | b"lvl" | b"loglevel" | b"log.level" | b"levelname"
        | b"log_level" | b"error_severity" | b"severity_text" => Slot::Level,
        b"message" | b"msg" | b"log" | b"text" | b"body" => Slot::Message,
        b"event" | b"event_name" | b"eventName" | b"event.action" | b"event_type" => Slot::Name,
        b"code" | b"error_code" | b"errorCode" | b"err_code" | b"response_code" | b"responseCode"
        | b"resp_code" | b"rc" | b"result_code" | b"state_code" | b"error_id" | b"errcode"
        | b"decline_code" | b"error.code" => Slot::Code,
        b"reason" | b"error" | b"err" | b"fault" | b"cause" | b"exception" | b"error_type"
        | b"failure" | b"error.type" => Slot::Reason,
        b"status" | b"http_status" | b"status_code" | b"statusCode" | b"http.status_code"
        | b"http.response.status_code" => Slot::Status,
        b"xid" | b"payment_id" | b"paymentId" | b"transaction_id" | b"transactionId" | b"txn"
        | b"txn_id" | b"txid" | b"payment" | b"purchase_id" | b"order_id" | b"orderId" => Slot::Xid,
        b"rrpid" | b"request_id" | b"requestId" | b"req_id" | b"trace_id" | b"traceId"
        | b"correlation_id" | b"x_request_id" => Slot::Rrpid,
        b"step" | b"stage" | b"phase" | b"operation" | b"op" | b"action" | b"method_name"
        | b"handler" => Slot::Step,
        b"path" | b"uri" | b"url" | b"request_uri" | b"route_path" | b"request" | b"target"
        | b"http.target" => Slot::Path,
        b"source" | b"client" | b"client_ip" | b"clientIp" | b"ip" | b"remote_addr" | b"remote"
        | b"remote_ip" | b"addr" | b"address" | b"src" | b"src_ip" | b"client_addr" | b"peer"
        | b"source_ip" | b"client.ip" | b"source.ip" | b"remote_host" => Slot::Who(Who::Address),
        b"card" | b"card_token" | b"cardToken" | b"pan_token" | b"card_id"
        | b"card_hash" | b"card_ref" | b"masked_pan" => Slot::Who(Who::Card),
        b"device" | b"device_id" | b"deviceId" | b"fingerprint" | b"user_agent"
        | b"http_user_agent" | b"userAgent" => Slot::Who(Who::Device),
        b"merchant" | b"merchant_id" | b"merchantId" | b"mid" | b"shop" => Slot::Who(Who::Merchant),
        b"route" | b"bank" | b"bank_route" | b"acquirer" | b"issuer" | b"upstream"
        | b"upstream_addr" | b"psp" | b"processor" => Slot::Who(Who::Route),
        b"party" | b"service" | b"app" | b"application" | b"component" | b"program"
        | b"service.name" | b"svc" => Slot::Who(Who::Party),
        b"duration_ms" | b"latency_ms" | b"elapsed_ms" | b"took_ms" | b"ms" | b"response_time_ms"
        | b"durationMs" | b"responseTime" | b"time_ms" => Slot::Duration(1_000),
        b"duration_us" | b"latency_us" | b"elapsed_us" => Slot::Duration(1),
        b"duration_s" | b"latency_s" | b"request_time" | b"elapsed_s" | b"rt"
        | b"duration_seconds" | b"response_time" => Slot::Duration(1_000_000),
        b"duration" | b"latency" | b"elapsed" | b"took" => Slot::Duration(0),
        _ => return None,
    })
}

/// Puts the value of a key where it belongs; a value that was there before stays, except that
/// a code beats a reason. `join` is the field that joins lines of one payment, when one is given.
pub fn put<'a>(
    event: &mut Event<'a>,
    calendar: &mut Calendar,
    join: &[u8],
    key: &[u8],
    value: &'a [u8],
) {
    if !join.is_empty() {
        if key == join {
            event.xid.text = value;
            return;
        }
        if slot(key) == Some(Slot::Xid) {
            return;
        }
    }
    if let Some(slot) = slot(key) {
        put_slot(event, calendar, slot, value);
    }
}

fn put_slot<'a>(event: &mut Event<'a>, calendar: &mut Calendar, slot: Slot, value: &'a [u8]) {
    if is_void(value) {
        return;
    }
    match slot {
        Slot::Time if event.time_us.is_none() => {
            event.time_us = calendar.any(value).map(|read| read.us);
        }
        Slot::Level if event.level == Level::Unsaid => {
            event.level = Level::from_word(value).unwrap_or_default();
        }
        Slot::Message if event.message.is_empty() => event.message = value,
        Slot::Name if event.name.is_empty() => event.name = value,
        Slot::Code => event.code.text = short(value),
        Slot::Reason if !event.code.is_said() => event.code.text = short(value),
        Slot::Status if event.status == 0 => match whole(value) {
            Some(status @ 100..=599) => event.status = status as u16,
            _ if !event.code.is_said() => event.code.text = short(value),
            _ => {}
        },
        Slot::Xid if !event.xid.is_said() => event.xid.text = value,
        Slot::Rrpid if event.rrpid.is_empty() => event.rrpid = value,
        Slot::Step => event.step.text = value,
        Slot::Path if !event.step.is_said() => event.step.text = path(value),
        Slot::Who(who) => event.set_who(who, value),
        Slot::Duration(unit) if event.duration_us.is_none() => {
            event.duration_us = duration_us(value, unit);
        }
        _ => {}
    }
}

/// Finds `key=value` pairs in text for people and puts them; quoted values lose their quotes.
pub fn put_pairs<'a>(event: &mut Event<'a>, calendar: &mut Calendar, join: &[u8], text: &'a [u8]) {
    for at in memchr_iter(b'=', text) {
        let start = text[..at].iter().rposition(|octet| !is_key(*octet)).map_or(0, |end| end + 1);
        if start < at {
            put(event, calendar, join, &text[start..at], value(&text[at + 1..]).0);
        }
    }
}

/// The value that a text begins with, without its quotes, and how many octets it takes.
pub fn value(text: &[u8]) -> (&[u8], usize) {
    if text.first() == Some(&b'"') {
        let mut at = 1;
        while let Some(octet) = text.get(at) {
            match octet {
                b'\\' => at += 2,
                b'"' => return (&text[1..at], at + 1),
                _ => at += 1,
            }
        }
        return (&text[1..], text.len());
    }
    let ends = |octet: &u8| matches!(octet, b' ' | b',' | b';' | b')' | b']' | b'"' | b'\t');
    let len = text.iter().position(ends).unwrap_or(text.len());
    (&text[..len], len)
}

/// A path without the query, from a path, a URL or a request line.
pub fn path(text: &[u8]) -> &[u8] {
    let is_method = |octet: &u8| octet.is_ascii_uppercase();
    let method = text.iter().take_while(|octet| is_method(octet)).count();
    let text = match text.get(method) {
        Some(b' ') if method > 0 => &text[method + 1..],
        _ => text,
    };
    let is_path = text.first() == Some(&b'/');
    let host = || text[..text.len().min(12)].windows(3).position(|three| three == b"://");
    let text = match (!is_path).then(host).flatten() {
        Some(at) => {
            let rest = &text[at + 3..];
            &rest[memchr::memchr(b'/', rest).unwrap_or(0)..]
        }
        None => text,
    };
    let ends = |octet: &u8| matches!(octet, b'?' | b' ' | b'#' | b';');
    &text[..text.iter().position(ends).unwrap_or(text.len())]
}

/// A duration in microseconds. `unit` is the microseconds of one; 0 reads Go's forms (`1.5ms`,
/// `2s`) and takes a bare number for milliseconds.
pub fn duration_us(text: &[u8], unit: u32) -> Option<u64> {
    let len = text.iter().take_while(|octet| matches!(octet, b'0'..=b'9' | b'.')).count();
    if len == 0 || len > 15 {
        return None;
    }
    let mut scale = match (unit, &text[len..]) {
        (0, b"" | b"ms" | b" ms") => 1e3,
        (0, b"us" | b"\xc2\xb5s") => 1.0,
        (0, b"ns") => 1e-3,
        (0, b"s" | b" s") => 1e6,
        (0, b"m") => 6e7,
        (_, b"") => f64::from(unit),
        _ => return None,
    };
    let mut value = 0_f64;
    let mut has_point = false;
    for octet in &text[..len] {
        match octet {
            b'.' if has_point => return None,
            b'.' => has_point = true,
            digit => {
                value = value * 10.0 + f64::from(digit - b'0');
                scale = if has_point { scale / 10.0 } else { scale };
            }
        }
    }
    Some((value * scale).round() as u64)
}

/// A whole number of up to nine digits.
pub fn whole(text: &[u8]) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 9;
    is_number.then_some(())?;
    text.iter().try_fold(0_u32, |value, octet| {
        let digit = octet.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + u32::from(digit))
    })
}

/// A code is a word; the text of an error is none.
fn short(value: &[u8]) -> &[u8] {
    let is_word = value.len() <= 64 && !value.iter().any(|o| matches!(o, b' ' | b'{' | b'['));
    if is_word { value } else { b"" }
}

fn is_key(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_method_host_and_query() {
        for (text, expect) in [
            ("GET /a/b?c=1 HTTP/1.1", "/a/b"),
            ("https://shop.example/a#x", "/a"),
            ("/a;v=1", "/a"),
            ("POST", "POST"),
        ] {
            assert_eq!(path(text.as_bytes()), expect.as_bytes(), "{text}");
        }
    }

    #[test]
    fn durations_are_read_in_their_unit() {
        assert_eq!(duration_us(b"0.123", 1_000_000), Some(123_000));
        assert_eq!(duration_us(b"1.5ms", 0), Some(1_500));
        assert_eq!(duration_us(b"250", 0), Some(250_000));
        assert_eq!(duration_us(b"1.2.3", 1), None);
        assert_eq!(duration_us(b"-", 1), None);
    }

    #[test]
    fn pairs_in_text_are_found() {
        let assumed = crate::time::Assumed { zone_s: 0, not_after: jiff::Timestamp::UNIX_EPOCH };
        let mut calendar = Calendar::new(assumed);
        let mut event = Event::default();
        let text = b"payment failed (xid=ab12, merchant=\"m 7\") code=51";
        put_pairs(&mut event, &mut calendar, b"", text);
        assert_eq!((event.xid.text, event.code.text), (&b"ab12"[..], &b"51"[..]));
        assert_eq!(event.about(Who::Merchant).text, b"m 7");
    }
}
