//! What `enqueue`, `status` and `redrive` begin with.

use tokio::runtime::{Builder, Runtime};

use crate::cli::QueueArguments;
use crate::error::RunError;
use crate::kafka::client::Broker;
use crate::kafka::topics::Topics;
use ivendor_settings::{LogSettings, Settings, TraceSettings};

/// The configuration with the arguments laid over it, and the broker that it names.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) settings: Settings,
    pub(super) broker: Broker,
    pub(super) topics: Topics,
}

impl Queue {
    /// Nothing is connected to yet.
    pub(super) fn open(arguments: &QueueArguments) -> Result<Self, RunError> {
        let variables = std::env::vars_os().collect();
        let mut settings = Settings::load(arguments.config.as_deref(), variables)?;
        if let Some(brokers) = &arguments.brokers {
            settings.kafka.brokers = Some(brokers.clone());
        }
        if let Some(topic) = &arguments.topic {
            settings.kafka.topic.clone_from(topic);
        }
        let broker = Broker::new(&settings.kafka)?;
        let topics = Topics::new(&broker)?;
        Ok(Self { settings, broker, topics })
    }

    /// What is told of the run.
    pub(super) fn telemetry(&self) -> (&LogSettings, &TraceSettings) {
        (&self.settings.log, &self.settings.trace)
    }
}

/// What waits for answers that come as futures.
pub(super) fn runtime() -> Result<Runtime, RunError> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|error| RunError::Internal(format!("cannot wait for answers: {error}")))
}
