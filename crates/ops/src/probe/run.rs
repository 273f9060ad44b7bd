//! One run: questions to the server, a few at a time, until everything is known or a limit is met.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::net::lookup_host;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use counterfoil_tls::Version;
use counterfoil_tls::probe::{Answer, Ending, Facts, Next, Prober, Question, QuestionId, Settings};

use super::ask::{NoRoute, Route};
use super::error::{ProbeError, printable};
use super::limit::{ADDRESSES_MAX, OTHER_QUESTIONS_MAX, RETRY_WAIT_MS, SILENT_QUESTIONS_MAX};
use super::report::{Circumstances, ProbeReport};
use super::tls13::{self, Key};
use super::{Options, Target, resume};

pub(super) struct Run<'a> {
    target: &'a Target,
    options: &'a Options,
    route: Route,
    name: Option<String>,
    prober: Prober,
    started_at: Timestamp,
    start: Instant,
    connections: usize,
    /// Answers in which the server has said nothing; in which it has said what is no TLS.
    silent: usize,
    other: usize,
    resets: usize,
}

/// How an open question came back.
type Asked = (QuestionId, Result<Answer, NoRoute>);

impl<'a> Run<'a> {
    /// Finds an address that can be connected to.
    pub(super) async fn begin(
        target: &'a Target,
        options: &'a Options,
    ) -> Result<Self, ProbeError> {
        let (started_at, start) = (Timestamp::now(), Instant::now());
        let name = match &options.name {
            Some(name) => Some(name.clone()),
            None => (!target.is_address()).then(|| target.host.clone()),
        };
        let settings =
            Settings { server_name: name.clone(), seed: started_at.as_nanosecond() as u64 };
        let (route, connections) = find_route(target, options).await?;
        let prober = Prober::new(settings);
        let (silent, other, resets) = (0, 0, 0);
        Ok(Self {
            target,
            options,
            route,
            name,
            prober,
            started_at,
            start,
            connections,
            silent,
            other,
            resets,
        })
    }

    /// Asks everything.
    pub(super) async fn finish(mut self) -> Result<ProbeReport, ProbeError> {
        let mut open: JoinSet<Asked> = JoinSet::new();
        loop {
            // Until one answer was TLS, one question at a time: the port may be another's.
            let parallel = if self.prober.facts().is_tls { self.options.parallel_max } else { 1 };
            let mut all_asked = false;
            while open.len() < parallel.max(1) {
                match self.prober.next_step() {
                    Next::Ask(question) => self.ask(question, &mut open),
                    Next::Wait => break,
                    Next::Done => {
                        all_asked = true;
                        break;
                    }
                }
            }
            let Some(asked) = open.join_next().await else {
                if all_asked {
                    break;
                } else {
                    continue;
                };
            };
            if let Ok((id, result)) = asked {
                self.take(id, result)?;
            }
        }
        if !self.prober.facts().is_tls {
            return Err(self.no_tls());
        }
        let (connections, time) = (self.connections, self.time_left());
        let name = self.name.clone();
        let mut facts = self.prober.into_facts();
        let route = Route { answer_time: self.route.answer_time.min(time), ..self.route };
        let mut more = 0;
        if facts.speaks(Version::TLS13) && !time.is_zero() {
            more += look_inside_tls13(&route, name.as_deref(), &mut facts).await;
        }
        let room = self.options.connections_max.saturating_sub(connections + more);
        if !time.is_zero() && room >= resume::CONNECTIONS_MAX {
            let left = self.options.total_time_max.saturating_sub(self.start.elapsed());
            // What is not through in time stays unseen.
            let looking = resume::look(&route, name.as_deref(), &mut facts);
            more += timeout(left, looking).await.unwrap_or_default();
        }
        let circumstances = Circumstances {
            target: self.target.to_string(),
            address: route.address.to_string(),
            starttls: self.options.starttls.map(|protocol| protocol.name),
            started_at: self.started_at,
            took: self.start.elapsed(),
            connections: connections + more,
        };
        Ok(ProbeReport::of(circumstances, facts, name, self.options.trust.as_deref()))
    }

    fn time_left(&self) -> Duration {
        self.options.total_time_max.saturating_sub(self.start.elapsed())
    }

    /// Asks one question in a task of its own, unless a limit is met.
    fn ask(&mut self, question: Question, open: &mut JoinSet<Asked>) {
        let left = self.time_left();
        if self.connections >= self.options.connections_max || left.is_zero() {
            self.prober.answer(question.id, &Answer::unheard(Ending::NotAsked));
            return;
        }
        self.connections += 1;
        let mut route = self.route.clone();
        route.answer_time = route.answer_time.min(left);
        route.connect_time = route.connect_time.min(left);
        open.spawn(async move {
            let first = route.ask(&question.hello).await;
            let Err(NoRoute::Connect(_)) = first else { return (question.id, first) };
            // A server that is busy with the other connections gets a moment.
            sleep(RETRY_WAIT_MS).await;
            (question.id, route.ask(&question.hello).await)
        });
    }

    /// Takes one answer; an error when nothing will come of asking on.
    fn take(&mut self, id: QuestionId, result: Result<Answer, NoRoute>) -> Result<(), ProbeError> {
        let answer = match result {
            Ok(answer) => answer,
            Err(NoRoute::Dialogue(cause)) if !self.prober.facts().is_tls => {
                return Err(self.starttls_error(cause));
            }
            Err(_) => Answer::unheard(Ending::NotReached),
        };
        self.prober.answer(id, &answer);
        if self.prober.facts().is_tls {
            return Ok(());
        }
        self.silent += usize::from(answer.ending == Ending::Silent && answer.flight.bytes == 0);
        self.other += usize::from(answer.flight.problem.is_some());
        self.resets += usize::from(answer.ending == Ending::Reset);
        if self.silent >= SILENT_QUESTIONS_MAX || self.other >= OTHER_QUESTIONS_MAX {
            return Err(self.no_tls());
        }
        Ok(())
    }

    fn starttls_error(&self, cause: String) -> ProbeError {
        let protocol = self.options.starttls.map_or("TLS", |protocol| protocol.name);
        ProbeError::StartTls { target: self.target.to_string(), protocol, cause }
    }

    /// Why this is no TLS server.
    fn no_tls(&self) -> ProbeError {
        let target = self.target.to_string();
        match &self.prober.facts().not_tls {
            Some(start) => ProbeError::NotTls { target, start: printable(start) },
            None if self.silent > 0 => ProbeError::Silent { target },
            None => {
                let how = if self.resets > 0 { "resets" } else { "closes" };
                ProbeError::HangsUp { target, how }
            }
        }
    }
}

/// Two handshakes of TLS 1.3, one for each kind of certificate; gives the connections made.
async fn look_inside_tls13(route: &Route, name: Option<&str>, facts: &mut Facts) -> usize {
    let mut handshakes = JoinSet::new();
    for key in [Key::Rsa, Key::Curve] {
        let (route, name) = (route.clone(), name.map(str::to_owned));
        handshakes.spawn(async move { tls13::look(&route, name.as_deref(), key).await });
    }
    let count = handshakes.len();
    let mut all: Vec<tls13::Seen> = handshakes.join_all().await.into_iter().flatten().collect();
    all.sort_by(|a, b| a.certificates.cmp(&b.certificates));
    for seen in all {
        let staple = seen.stapled_ocsp.as_ref();
        facts.add_chain(&seen.certificates, staple, Version::TLS13);
        if let Some(tickets) = seen.tickets {
            facts.tickets_tls13 = (tickets > 0).into();
        }
        let alpn = seen.alpn.map(|name| String::from_utf8_lossy(&name).into_owned());
        if let Some(alpn) = alpn.filter(|alpn| !facts.alpn.contains(alpn)) {
            facts.alpn.push(alpn);
        }
    }
    count
}

/// Resolves the target and finds the first address that accepts a connection; gives the number of
/// attempts.
async fn find_route(target: &Target, options: &Options) -> Result<(Route, usize), ProbeError> {
    let name = target.to_string();
    let unresolved = |cause: String| ProbeError::Unresolved { target: name.clone(), cause };
    let resolving = timeout(options.connect_time_max, lookup_host((&*target.host, target.port)));
    let resolved = resolving.await.map_err(|_| unresolved("no answer in time".into()))?;
    let addresses: Vec<SocketAddr> =
        resolved.map_err(|error| unresolved(error.to_string()))?.take(ADDRESSES_MAX).collect();
    let mut last = unresolved("the answer is empty".into());
    for (index, address) in addresses.into_iter().enumerate() {
        let route = Route {
            address,
            host: target.host.clone(),
            starttls: None,
            connect_time: options.connect_time_max,
            answer_time: options.answer_time_max,
        };
        match route.open().await {
            Ok(_) => {
                let route = Route { starttls: options.starttls, ..route };
                return Ok((route, index + 1));
            }
            Err(NoRoute::ConnectTimeout) => {
                let seconds = options.connect_time_max.as_secs();
                last = ProbeError::ConnectTimeout { target: name.clone(), seconds };
            }
            Err(NoRoute::Connect(error)) => {
                let cause = error.to_string();
                last = ProbeError::NotConnected { target: name.clone(), cause };
            }
            Err(NoRoute::Dialogue(cause)) => {
                last = ProbeError::NotConnected { target: name.clone(), cause };
            }
        }
    }
    Err(last)
}
