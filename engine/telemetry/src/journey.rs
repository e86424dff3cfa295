//! One document's way through stages that no call encloses: it is in one of them at a time, and
//! each is a span of its trace.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use ivendor_core::trace::TraceParent;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};

use crate::TRACER;

/// The way of one document. Dropped before its end it says that it was given up.
#[derive(Debug, Default)]
pub struct Journey(Option<Box<Inner>>);

#[derive(Debug)]
struct Inner {
    /// The whole way.
    way: Context,
    /// Where it is now, and since when.
    stage: Option<(Context, SystemTime)>,
    ended: bool,
}

/// What a journey does for whoever handles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It begins with a message that is sent.
    Sends,
    /// It begins with a message that was received.
    Receives,
}

impl Journey {
    /// Begins a way, in the trace of `parent` where there is one. Where nothing is traced, or not
    /// this, all that follows does nothing.
    #[must_use]
    pub fn begin(name: &'static str, role: Role, parent: Option<&TraceParent>) -> Self {
        let Some(tracer) = TRACER.get() else { return Self(None) };
        let kind = match role {
            Role::Sends => SpanKind::Producer,
            Role::Receives => SpanKind::Consumer,
        };
        let from = parent.map_or_else(Context::new, |parent| {
            Context::new().with_remote_span_context(span_context(parent))
        });
        let span = tracer.span_builder(name).with_kind(kind).start_with_context(tracer, &from);
        let way = from.with_span(span);
        Self(Some(Box::new(Inner { way, stage: None, ended: false })))
    }

    /// How a message names this way as what it belongs to; `None` where nothing is traced.
    #[must_use]
    pub fn traceparent(&self) -> Option<TraceParent> {
        named(self.0.as_ref()?.way.span().span_context())
    }

    /// Whether what happens on this way is kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept().is_some()
    }

    fn kept(&self) -> Option<&Inner> {
        self.0.as_deref().filter(|inner| inner.way.span().is_recording())
    }

    /// Comes to the next stage.
    pub fn enter(&mut self, stage: &'static str) {
        let (Some(tracer), Some(inner)) = (TRACER.get(), self.0.as_deref_mut()) else { return };
        if !inner.way.span().is_recording() {
            return;
        }
        let now = SystemTime::now();
        inner.leave(now);
        let span = tracer.span_builder(stage).with_start_time(now);
        let span = span.start_with_context(tracer, &inner.way);
        inner.stage = Some((inner.way.with_span(span), now));
    }

    /// Says something of the whole way. `value` is asked only where it is kept.
    pub fn note<V: Into<opentelemetry::Value>>(
        &self,
        key: &'static str,
        value: impl FnOnce() -> V,
    ) {
        if let Some(inner) = self.kept() {
            inner.way.span().set_attribute(KeyValue::new(key, value()));
        }
    }

    /// Something happened at this stage, e.g. a try that failed.
    pub fn event(&self, name: &'static str, detail: impl FnOnce() -> String) {
        if let Some((stage, _)) = self.kept().and_then(|inner| inner.stage.as_ref()) {
            stage.span().add_event(name, vec![KeyValue::new("detail", detail())]);
        }
    }

    /// What this stage was made of: parts that took so long each, one after the other from its
    /// beginning on. Where the parts of many ways interleave, only how long they took is true.
    pub fn parts(&self, parts: impl IntoIterator<Item = (&'static str, Duration)>) {
        let (Some(tracer), Some(inner)) = (TRACER.get(), self.kept()) else { return };
        let Some((stage, began)) = &inner.stage else { return };
        let mut at = *began;
        for (name, took) in parts {
            use opentelemetry::trace::Span as _;
            let span = tracer.span_builder(name).with_start_time(at);
            let mut span = span.start_with_context(tracer, stage);
            at += took;
            span.end_with_timestamp(at);
        }
    }

    /// The way has come to its end.
    pub fn end(mut self) {
        if let Some(inner) = self.0.as_deref_mut() {
            inner.ended = true;
        }
    }

    /// From here on the way is one that failed.
    pub fn fail(&self, why: &str) {
        if let Some(inner) = self.kept() {
            inner.way.span().set_status(Status::error(why.to_owned()));
        }
    }
}

impl Inner {
    fn leave(&mut self, now: SystemTime) {
        if let Some((stage, _)) = self.stage.take() {
            stage.span().end_with_timestamp(now);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let now = SystemTime::now();
        self.leave(now);
        let way = self.way.span();
        if !self.ended {
            way.set_attribute(KeyValue::new("ivendor.given_up", true));
        }
        way.end_with_timestamp(now);
    }
}

/// Work that was done for many ways at once: a span in a trace of its own, which names the ways,
/// and which their stages name.
#[derive(Debug)]
pub struct Together(Option<Context>);

impl Together {
    /// Begins the work. Where none of the ways is kept, it does nothing.
    #[must_use]
    pub fn begin<'a>(
        name: impl Into<Cow<'static, str>>,
        ways: impl IntoIterator<Item = &'a Journey>,
    ) -> Self {
        let Some(tracer) = TRACER.get() else { return Self(None) };
        let (mut links, mut stages) = (Vec::new(), Vec::new());
        for way in ways {
            if let Some((stage, _)) = way.kept().and_then(|inner| inner.stage.as_ref()) {
                links.push(Link::with_context(stage.span().span_context().clone()));
                stages.push(stage);
            }
        }
        if links.is_empty() {
            return Self(None);
        }
        let builder = tracer.span_builder(name).with_links(links);
        let work = Context::new().with_span(builder.start_with_context(tracer, &Context::new()));
        for stage in stages {
            stage.span().add_link(work.span().span_context().clone(), Vec::new());
        }
        Self(Some(work))
    }

    /// Says something of the work.
    pub fn note<V: Into<opentelemetry::Value>>(
        &self,
        key: &'static str,
        value: impl FnOnce() -> V,
    ) {
        if let Some(work) = &self.0 {
            work.span().set_attribute(KeyValue::new(key, value()));
        }
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        if let Some(work) = &self.0 {
            work.span().end();
        }
    }
}

/// How a message names this span; `None` where it is none.
pub(crate) fn named(span: &SpanContext) -> Option<TraceParent> {
    let (trace, flags) = (span.trace_id(), span.trace_flags() & TraceFlags::SAMPLED);
    let text = || format!("00-{trace}-{}-{:02x}", span.span_id(), flags.to_u8());
    span.is_valid().then(text)?.parse().ok()
}

/// The span of another program that `parent` names.
pub(crate) fn span_context(parent: &TraceParent) -> SpanContext {
    let trace = TraceId::from_hex(parent.trace_id()).unwrap_or(TraceId::INVALID);
    let span = SpanId::from_hex(parent.parent_id()).unwrap_or(SpanId::INVALID);
    let flags = TraceFlags::default().with_sampled(parent.is_sampled());
    SpanContext::new(trace, span, flags, true, TraceState::NONE)
}
