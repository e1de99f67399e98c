// CommonJS packages require Nest; under jest that works only when Nest has been loaded whole before them.
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import '@nestjs/core';

// What tests provoke on purpose would drown what they find.
Logger.overrideLogger(false);
