//! Which step a connection is in, and until when: a peer that stops or trickles is cut off.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::limits::Limits;
use super::visitors::Visit;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Step {
    /// Between requests.
    Idle,
    /// A request's head has begun.
    Head,
    /// Its body is being received.
    Body,
    /// The party has it.
    Answer,
    /// The answer is being sent.
    Write,
}

impl Step {
    const ALL: [Self; 5] = [Self::Idle, Self::Head, Self::Body, Self::Answer, Self::Write];

    /// Stable name, as in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Head => "head",
            Self::Body => "body",
            Self::Answer => "answer",
            Self::Write => "write",
        }
    }
}

/// The step of one connection and its deadline. The connection's stream, its service and its
/// driver share it; all of them run in one task, so the atomics are never contended.
#[derive(Debug)]
pub(super) struct Pulse {
    started: Instant,
    limits: Limits,
    visit: Arc<Visit>,
    step: AtomicU8,
    /// Milliseconds after `started`.
    deadline_ms: AtomicU64,
}

impl Pulse {
    /// Starts between requests.
    pub(super) fn new(limits: Limits, visit: Arc<Visit>) -> Self {
        let pulse = Self {
            started: Instant::now(),
            limits,
            visit,
            step: AtomicU8::new(Step::Idle as u8),
            deadline_ms: AtomicU64::new(0),
        };
        pulse.enter(Step::Idle);
        pulse
    }

    /// Begins a step.
    pub(super) fn enter(&self, step: Step) {
        let limit_ms = match step {
            Step::Idle => self.limits.idle_ms_max,
            Step::Head => self.limits.head_ms_max,
            Step::Body => self.limits.body_ms_max,
            // The service answers by itself at its limit; this is for a service that does not.
            Step::Answer => self.limits.answer_ms_max.saturating_mul(2),
            Step::Write => self.limits.write_ms_max,
        };
        let is_coming = matches!(step, Step::Head | Step::Body);
        if is_coming {
            self.visit.used();
        }
        self.visit.set_slow(is_coming);
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.step.store(step as u8, Ordering::Relaxed);
        self.deadline_ms.store(now_ms.saturating_add(limit_ms), Ordering::Relaxed);
    }

    /// The current step.
    pub(super) fn step(&self) -> Step {
        Step::ALL[usize::from(self.step.load(Ordering::Relaxed)) % Step::ALL.len()]
    }

    /// When the current step must be over.
    pub(super) fn deadline(&self) -> Instant {
        // A year is as good as never, and cannot overflow.
        const YEAR_MS: u64 = 366 * 24 * 3_600 * 1_000;
        let after_ms = self.deadline_ms.load(Ordering::Relaxed).min(YEAR_MS);
        self.started + Duration::from_millis(after_ms)
    }
}

/// A stream that tells a [`Pulse`] when a request begins to arrive and when an answer has left.
pub(super) struct Watched<S> {
    stream: S,
    pulse: Arc<Pulse>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before && self.pulse.step() == Step::Idle {
            self.pulse.enter(Step::Head);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        if polled.is_ready() && self.pulse.step() == Step::Write {
            self.pulse.enter(Step::Idle);
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, octets)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
