import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { BlockList, isIPv6 } from 'node:net';
import { ConfigStore } from '../config/config.store.js';
import { callOf } from '../faults/call-of.js';
import { Fault } from '../kernel/errors/fault.js';

/** Lets open routes answer only the addresses of `metrics.allow`; an empty list means everybody. */
@Injectable()
export class OpenRouteGuard implements CanActivate {
  private compiled: { readonly of: readonly string[]; readonly list: BlockList } | undefined;

  constructor(private readonly config: ConfigStore) {}

  /** Throws `address_refused`. */
  canActivate(context: ExecutionContext): boolean {
    const { allow } = this.config.current.metrics;
    if (allow.length === 0 || this.listOf(allow).check(...addressOf(callOf(context).sourceIp))) return true;
    throw new Fault('address_refused', {
      detail: 'This address is not in metrics.allow, which lists who may read the open routes.',
    });
  }

  private listOf(allow: readonly string[]): BlockList {
    if (this.compiled?.of !== allow) this.compiled = { of: allow, list: toBlockList(allow) };
    return this.compiled.list;
  }
}

function toBlockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return list;
}

/** IPv4 callers of a dual-stack socket come as `::ffff:a.b.c.d`. */
function addressOf(ip: string): [string, 'ipv4' | 'ipv6'] {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  return [address, isIPv6(address) ? 'ipv6' : 'ipv4'];
}
