//! The judgement as pure functions: no module here awaits, reads a clock, a file or the environment, or calls the API
//! server.
//!
//! The modules are listed in the order in which data flows. A module imports only modules that are listed before it:
//! [`model`] → [`programs`] → [`subject`] → [`manifest`] → [`kinds`] → [`view`] → [`controllers`] → [`resolve`] → [`message`] →
//! [`checks`] → [`evaluate`] → [`policy`].

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod model;

pub mod programs;

pub mod subject;

pub mod manifest;

pub mod kinds;

pub mod view;

pub mod controllers;

pub mod resolve;

pub mod message;

pub mod checks;

pub mod evaluate;

pub mod policy;
