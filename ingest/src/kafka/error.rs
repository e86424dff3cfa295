//! What can go wrong between this program and the broker.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use thiserror::Error;

use ivendor_settings::SettingsError;

/// A broker that cannot be asked, or that refuses what it is asked.
#[derive(Debug, Error)]
pub enum QueueError {
    /// The configuration is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A topic is not there.
    #[error(
        "the topic {topic:?} is not there at {brokers}; `ivendor-backfill enqueue` and the worker \
         make the topics that are missing; see kafka.topic and KAFKA_TOPIC"
    )]
    NoTopic {
        /// Which.
        topic: String,
        /// Who was asked.
        brokers: String,
    },
    /// The broker is away, or refuses.
    #[error("cannot {doing} at {brokers}: {source}; {advice}", advice = advice(source))]
    Broker {
        /// What was tried: `send requests`.
        doing: String,
        /// Who was asked.
        brokers: String,
        /// What the client library says.
        source: Box<KafkaError>,
    },
}

impl QueueError {
    /// Whether the same may succeed later with nothing changed but time.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Settings(_) | Self::NoTopic { .. } => false,
            Self::Broker { source, .. } => !is_refusal(source),
        }
    }
}

fn advice(source: &KafkaError) -> &'static str {
    if is_refusal(source) {
        "see what kafka.user may do, kafka.security and the sizes that the topic allows"
    } else {
        "see that the brokers run and that kafka.brokers (or KAFKA_BROKERS) names them"
    }
}

/// What no waiting mends.
fn is_refusal(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::Authentication
                | Code::SaslAuthenticationFailed
                | Code::UnsupportedSASLMechanism
                | Code::TopicAuthorizationFailed
                | Code::GroupAuthorizationFailed
                | Code::ClusterAuthorizationFailed
                | Code::InvalidTopic
                | Code::MessageSizeTooLarge
                | Code::InvalidMessageSize
                | Code::PolicyViolation
                | Code::InvalidReplicationFactor
                | Code::InvalidPartitions
                | Code::UnsupportedVersion
        )
    ) || matches!(error, KafkaError::ClientConfig(..) | KafkaError::Nul(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_mends_an_absence_and_no_refusal() {
        let cases = [
            (Code::AllBrokersDown, true),
            (Code::BrokerTransportFailure, true),
            (Code::MessageTimedOut, true),
            (Code::NotCoordinator, true),
            (Code::TopicAuthorizationFailed, false),
            (Code::MessageSizeTooLarge, false),
            (Code::SaslAuthenticationFailed, false),
        ];
        for (code, transient) in cases {
            let error = QueueError::Broker {
                doing: "send requests".to_owned(),
                brokers: "k:9092".to_owned(),
                source: Box::new(KafkaError::MessageProduction(code)),
            };
            assert_eq!(error.is_transient(), transient, "{error}");
            assert!(error.to_string().starts_with("cannot send requests at k:9092: "), "{error}");
        }
    }
}
