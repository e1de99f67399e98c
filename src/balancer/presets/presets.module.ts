import { Module } from '@nestjs/common';
import { AuditModule } from '../../audit/audit.module.js';
import { BalancerModule } from '../balancer.module.js';
import { PresetInForce } from './preset-in-force.js';
import { WeightPresets } from './presets.service.js';
import { WeightTrials } from './weight-trials.js';

/** Named weights: kept, applied, and tried before. */
@Module({
  imports: [AuditModule, BalancerModule],
  providers: [PresetInForce, WeightPresets, WeightTrials],
  exports: [PresetInForce, WeightPresets, WeightTrials],
})
export class PresetsModule {}
