/** Who works with Bookdeal: each Kommo user, his access to Altegio, and the locations that he sees. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { UserScreen, UsersScreen } from '../../api/schema';

export const USERS = ['users'];

/** The locations of a user: these and those of these chains; null and no chains are all. */
export type Seen = Pick<UserScreen, 'locations' | 'chains'>;

/** All users for administrators; everybody else gets himself. */
export function useUsers() {
  const api = useApi();
  return useQuery({ queryKey: USERS, queryFn: () => answered(api.GET('/users')) });
}

/** Gives a user access to Altegio, and takes it away. */
export function useAccess(user: number) {
  const [api, queries] = [useApi(), useQueryClient()];
  const keep = (users: UsersScreen) => {
    queries.setQueryData(USERS, users);
    void queries.invalidateQueries({ queryKey: ['check'] });
  };
  const params = { path: { user } };
  return {
    connect: (login: string, password: string) =>
      answered(api.POST('/users/{user}/login', { params, body: { login, password } })).then(keep),
    disconnect: () => answered(api.DELETE('/users/{user}/login', { params })).then(keep),
  };
}
