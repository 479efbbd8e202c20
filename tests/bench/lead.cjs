'use strict';
// Leads Microsoft's two names to the pretend tenant on this computer; every other name stays as it is.
const net = require('node:net');

const names = ['login.microsoftonline.com', 'graph.microsoft.com'];
const port = Number(process.env.PRETEND_TENANT_PORT);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  if (options && names.includes(options.host)) Object.assign(options, { host: '127.0.0.1', port });
  return connect.apply(this, given);
};
