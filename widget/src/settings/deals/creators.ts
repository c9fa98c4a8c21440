import { useQuery } from '@tanstack/react-query';
import { answered, useApi } from '../../api/api';
import type { Option } from '../../components/Field';

/** Users of Altegio whom the account knows, named as the users of Kommo who log in there. */
export function useCreators(): Option<number>[] {
  const api = useApi();
  const { data } = useQuery({ queryKey: ['users'], queryFn: () => answered(api.GET('/users')) });
  return (data?.users ?? []).flatMap(({ altegio_user, name }) =>
    altegio_user === null ? [] : [{ value: altegio_user, label: name }],
  );
}
