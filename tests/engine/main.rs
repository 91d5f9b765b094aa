//! The engine and the admission handler, as a whole: fixtures, properties, and the shape of the house.

mod admission;
mod fixtures;
mod house;
mod index;
mod reviews;
mod world;
