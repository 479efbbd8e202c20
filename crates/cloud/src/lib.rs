//! The only room with a token: sign-in, Graph, and the hosts a token may go to.
