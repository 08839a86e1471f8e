import 'reflect-metadata';
import { runService } from '@entrepot/service-kit';
import { VENDORS } from '@entrepot/vendors';
import { hostService } from './host.ts';

await runService(hostService(VENDORS, process.env));
