//! Keys and certificates, made and exported with the network cable out.
