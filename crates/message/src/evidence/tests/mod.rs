//! Tests of the evidence file.
