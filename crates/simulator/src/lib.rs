//! A pretend Microsoft on loopback: sign-in, Graph, Teams policies. Shares no code with the client.
