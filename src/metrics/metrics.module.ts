import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';

import { BalancerGauges } from './balancer-gauges.js';
import { MetricsText } from './metrics-text.js';
import { ModelLabels } from './model-labels.js';
import { ProxyMetrics } from './proxy-metrics.js';
import { RegistryModule } from './registry.module.js';
import { RoutelessController } from './routeless.controller.js';

/**
 * What Prometheus reads: the instruments, and their text. Opens no route; the control plane serves `MetricsText` where
 * and when the configuration says.
 */
@Global()
@Module({
  imports: [
    PrometheusModule.registerAsync({
      imports: [RegistryModule],
      inject: [Registry],
      useFactory: (register: Registry) => ({ defaultMetrics: { enabled: true, config: { register } } }),
      controller: RoutelessController,
    }),
    RegistryModule,
  ],
  providers: [BalancerGauges, ProxyMetrics, ModelLabels, MetricsText],
  exports: [BalancerGauges, ProxyMetrics, ModelLabels, MetricsText],
})
export class MetricsModule {}
