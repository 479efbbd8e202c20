//! The machine below: crashes, disks, homes, clocks, keyrings and two instances.
