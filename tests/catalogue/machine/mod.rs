//! The machine below: crashes, disks, homes, clocks, keyrings and two instances.

mod clocks;
mod full_disk;
mod homes;
mod keyrings;
mod places;
mod power;
mod rows;
mod system_calls;
