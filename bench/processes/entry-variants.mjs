// A replica whose calls enter in one of several ways, switched by its parent. Nothing but the entry differs:
//   guard   through Nest's ExternalContextCreator with guard and filter, as it is built
//   nest    the same with the two interceptors of the control plane around the handler
//   direct  direct calls to the same verifier, handler and fault mapper
import { ExternalContextCreator } from '@nestjs/core';
import { UseInterceptors } from '@nestjs/common';
import { AuditInterceptor } from '../../dist/src/audit/audit.interceptor.js';
import { TokenVerifier } from '../../dist/src/auth/token-verifier.js';
import { ErrorMappingInterceptor } from '../../dist/src/faults/error-mapping.interceptor.js';
import { toFault } from '../../dist/src/faults/to-fault.js';
import { ExchangeHandler } from '../../dist/src/proxy/exchange.handler.js';
import { measuredProcess } from './measured-process.mjs';
import { startReplica } from './replica.mjs';

/** Where the options stand among the arguments of `create` after the method's name. */
const OPTIONS_AT = 4;

/** Entries of one batch of the isolated measurement; between batches the event loop turns. */
const BATCH = 200;

let entryWay = 'guard';
let calls = {};
/** What the handler does; the isolated measurement puts in one that has the answer at once. */
let forward = (handler, args) => ExchangeHandler.prototype.forward.apply(handler, args);
const entries = {};
let verifier;

/** What guard and filter do for a call with a token. */
async function directly(handler, exchange, reply) {
  try {
    const verified = verifier.verify(exchange.credential.token, 'data');
    exchange.principal = verified instanceof Promise ? await verified : verified;
    await forward(handler, [exchange, reply]);
  } catch (error) {
    await exchange.fail(toFault(error));
  }
}

// As built the handler has no interceptors; this gives it those that the way `nest` then asks for.
UseInterceptors(AuditInterceptor, ErrorMappingInterceptor)(ExchangeHandler);

const create = ExternalContextCreator.prototype.create;
ExternalContextCreator.prototype.create = function (instance, callback, method, ...rest) {
  if (!(instance instanceof ExchangeHandler)) return create.call(this, instance, callback, method, ...rest);
  const wrap = (handle, options) => create.call(this, instance, handle, method, ...rest.with(OPTIONS_AT, options));
  const options = rest[OPTIONS_AT];
  entries.nest = wrap((...args) => forward(instance, args), { ...options, interceptors: true });
  entries.guard = wrap((...args) => forward(instance, args), options);
  entries.direct = (...args) => directly(instance, ...args);
  return (...args) => {
    calls[entryWay] = (calls[entryWay] ?? 0) + 1;
    return entries[entryWay](...args);
  };
};

/** CPU in microseconds of an entry by itself: no socket, no upstream, no audit line. */
async function isolated(token, { way, count }) {
  const whole = forward;
  forward = () => Promise.resolve();
  const before = process.cpuUsage();
  for (let done = 0; done < count; done += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, () => entries[way](sampleExchange(token), undefined)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  forward = whole;
  return (user + system) / count;
}

function sampleExchange(token) {
  const exchange = { plane: 'data', credential: { kind: 'token', token }, sourceIp: '127.0.0.1', principal: undefined };
  exchange.call = exchange;
  return exchange;
}

await measuredProcess(async () => {
  const replica = await startReplica(JSON.parse(process.argv[2]));
  verifier = replica.application.get(TokenVerifier);
  const enterBy = (way) => {
    entryWay = way;
    const before = calls;
    calls = {};
    return before;
  };
  return { ...replica, verbs: { enterBy, isolated: (how) => isolated(replica.ready.token, how) } };
});
