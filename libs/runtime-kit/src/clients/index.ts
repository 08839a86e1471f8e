export { type ClientUser, type OpenClient, OpenClients, type OpenClientsOptions } from './open-clients.ts';
