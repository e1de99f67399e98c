import { Module } from '@nestjs/common';
import { AuditModule } from '../../audit/audit.module.js';
import { PresetsModule } from '../../balancer/presets/presets.module.js';
import { PresetsController } from './presets.controller.js';
import { PresetsService } from './presets.service.js';
import { WeightsController } from './weights.controller.js';
import { WeightsService } from './weights.service.js';

/** Weights and presets over HTTP. */
@Module({
  imports: [AuditModule, PresetsModule],
  controllers: [WeightsController, PresetsController],
  providers: [WeightsService, PresetsService],
})
export class WeightsModule {}
