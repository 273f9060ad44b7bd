//! Sockets, tasks, files and telemetry around a party.
