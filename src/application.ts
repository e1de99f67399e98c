import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { AddressInfo } from 'node:net';
import type { Abstract, Type } from '@nestjs/common';
import { createControlPlaneAdapter } from './admin/control-plane.adapter.js';
import { configureControlPlane } from './admin/control-plane.js';
import { mountDocs } from './admin/docs.js';
import { AppModule } from './app.module.js';
import type { LoadedConfig } from './config/loader.js';
import type { ProxyConfig } from './config/schema.js';
import { Readiness } from './insight/readiness.js';
import { DataPlane } from './proxy/data-plane.js';

export interface ApplicationOptions {
  readonly loaded: LoadedConfig;
  /** Every answer says that it comes from the emulator. */
  readonly demo: boolean;
}

/** A running replica. */
export class Application {
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly config: ProxyConfig,
    readonly dataPort: number,
    readonly controlPort: number,
  ) {}

  /**
   * Starts both planes; resolves when the replica is ready. Rejects, with nothing left running, when a store or a port
   * cannot be had.
   */
  static async start({ loaded, demo }: ApplicationOptions): Promise<Application> {
    const { config } = loaded;
    const commonHeaders: Record<string, string> = demo ? { 'x-gemini-proxy-demo': 'true' } : {};
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot(loaded, { commonHeaders }),
      createControlPlaneAdapter(config.server),
      { bufferLogs: true, abortOnError: false },
    );
    try {
      app.useLogger(app.get(Logger));
      configureControlPlane(app, { demo });
      mountDocs(app);
      await app.listen(config.metrics.prometheus_port, config.metrics.host);
      const dataPort = await app.get(DataPlane).listen();
      const { port: controlPort } = app.getHttpServer().address() as AddressInfo;
      app.get(Readiness).set(true);
      return new Application(app, config, dataPort, controlPort);
    } catch (error) {
      await app.close();
      throw error;
    }
  }

  /** A provider of the application. */
  get<T>(type: Type<T> | Abstract<T>): T {
    return this.app.get<T>(type, { strict: false });
  }

  /**
   * Stops without losing a call: readiness fails first, then the listeners close, streams end, and the stores close
   * last. Every caller gets the same promise.
   */
  stop(): Promise<void> {
    this.stopping ??= this.drainAndClose();
    return this.stopping;
  }

  private async drainAndClose(): Promise<void> {
    const { drain_delay: drainDelayMs, drain_timeout: drainTimeoutMs } = this.config.server;
    const dataPlane = this.app.get(DataPlane);
    this.app.get(Readiness).set(false, 'draining');
    dataPlane.announceDrain();
    await new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    await dataPlane.drain(drainTimeoutMs);
    await this.app.close();
  }
}
